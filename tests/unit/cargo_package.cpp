#include "core/list/cargo_package.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support.hpp"

namespace {

using nextest::CargoPackage;

nextest::Vector<std::string> variables_of(const CargoPackage& package) {
  nextest::Vector<std::string> variables;
  package.add_variables(variables);
  return variables;
}

// The value of CARGO_PKG_NAME; "-" where it is not set.
std::string value_of(const CargoPackage& package, const std::string& name) {
  const std::string start = "CARGO_PKG_" + name + "=";
  for (const std::string& variable : variables_of(package)) {
    if (nextest::starts_with(variable, start)) return variable.substr(start.size());
  }
  return "-";
}

CargoPackage package_in(const std::string& folder) {
  CargoPackage package;
  package.name = "p";
  package.version = "0.1.0";
  package.folder = folder;
  return package;
}

TEST_CASE("cargo package: its id names it") {
  const struct {
    std::string_view id, name, version, folder;
  } rows[] = {
      {"path+file:///a/b#0.1.0", "b", "0.1.0", "/a/b"},
      {"path+file:///a/b#name@1.2.3", "name", "1.2.3", "/a/b"},
      {"path+file:///a%20b/c%23%25#1.0.0-rc.1+x", "c#%", "1.0.0-rc.1+x", "/a b/c#%"},
      {"path+file:///100%/a%2#0.1.0", "a%2", "0.1.0", "/100%/a%2"},
      {"registry+https://github.com/rust-lang/crates.io-index#regex@1.4.3", "regex", "1.4.3", ""},
      {"git+https://example.org/some/repo?branch=x#0.2.0", "repo", "0.2.0", ""},
      {"old 0.3.0 (path+file:///a/b)", "old", "0.3.0", "/a/b"},
      {"old 0.3.0 (git+https://example.org/r?rev=1#1234567)", "old", "0.3.0", ""},
      {"", "", "", ""},
      {"tests", "", "", ""},
      {"a folder (1)", "", "", ""},
      {"#", "", "", ""},
      {"a+b://c#", "", "", ""},
      {"a+b://c#d", "", "", ""},
      {"a#1.0.0", "", "", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.id);
    const CargoPackage package = CargoPackage::of_id(row.id);
    CHECK(package.name == row.name);
    CHECK(package.version == row.version);
    CHECK(package.folder == row.folder);
  }
}

TEST_CASE("cargo package: the parts of its version") {
  const struct {
    const char *version, *major, *minor, *patch, *pre;
  } rows[] = {
      {"1.22.333", "1", "22", "333", ""},
      {"0.1.0-alpha", "0", "1", "0", "alpha"},
      {"0.1.0-rc-1.2+build-3.4", "0", "1", "0", "rc-1.2"},
      {"0.1.0+build-3", "0", "1", "0", ""},
  };
  for (const auto& row : rows) {
    CargoPackage package = package_in("");
    package.version = row.version;
    const std::string part = "CARGO_PKG_VERSION";
    CHECK(variables_of(package) ==
          nextest::Vector<std::string>{"CARGO_PKG_NAME=p", part + "=" + row.version, part + "_MAJOR=" + row.major,
                                       part + "_MINOR=" + row.minor, part + "_PATCH=" + row.patch,
                                       part + "_PRE=" + row.pre});
  }
}

TEST_CASE("cargo package: what Cargo.toml does not say is empty, and without one it is not set") {
  const support::TempFolder dir;
  CHECK(value_of(package_in(dir.path()), "AUTHORS") == "-");
  support::write_file(dir / "Cargo.toml", "[package]\nname = 'p'\nlicense-file = 'L'\nauthors = []\n");
  CHECK(value_of(package_in(dir.path()), "AUTHORS") == "");
  CHECK(value_of(package_in(dir.path()), "HOMEPAGE") == "");
  CHECK(value_of(package_in(dir.path()), "RUST_VERSION") == "");
  CHECK(value_of(package_in(dir.path()), "LICENSE_FILE") == "L");
  support::write_file(dir / "Cargo.toml", "[workspace]\n");
  CHECK(value_of(package_in(dir.path()), "HOMEPAGE") == "-");
}

TEST_CASE("cargo package: a Rust version has three numbers") {
  const support::TempFolder dir;
  for (const auto& [written, read] : {std::pair("1", "1.0.0"), {"1.58", "1.58.0"}, {"1.58.1", "1.58.1"}}) {
    support::write_file(dir / "Cargo.toml", std::string("[package]\nrust-version = '") + written + "'\n");
    CHECK(value_of(package_in(dir.path()), "RUST_VERSION") == read);
  }
}

TEST_CASE("cargo package: it inherits from the nearest workspace, or from the one that it names") {
  const support::TempFolder dir;
  const std::string inner = dir.make_folder("outer/inner/between/p");
  const std::string inherits = "homepage.workspace = true\nlicense-file = { workspace = true }\nlicense = 'own'\n";
  const std::string workspace = "[workspace.package]\nlicense-file = 'LICENSE'\nlicense = 'of all'\nhomepage = ";
  support::write_file(dir / "outer/Cargo.toml", workspace + "'outer'\n");
  support::write_file(inner + "/Cargo.toml", "[package]\n" + inherits);
  CHECK(value_of(package_in(inner), "HOMEPAGE") == "outer");
  CHECK(value_of(package_in(inner), "LICENSE_FILE") == "../../../LICENSE");
  CHECK(value_of(package_in(inner), "LICENSE") == "own");

  support::write_file(dir / "outer/inner/between/Cargo.toml", "[package]\nname = 'no workspace'\n");
  support::write_file(dir / "outer/inner/Cargo.toml", workspace + "'inner'\n");
  CHECK(value_of(package_in(inner), "HOMEPAGE") == "inner");
  CHECK(value_of(package_in(inner), "LICENSE_FILE") == "../../LICENSE");

  support::write_file(inner + "/Cargo.toml", "[package]\nworkspace = '../../..'\n" + inherits);
  CHECK(value_of(package_in(inner), "HOMEPAGE") == "outer");
  CHECK(value_of(package_in(inner), "LICENSE_FILE") == "../../../LICENSE");

  support::write_file(inner + "/Cargo.toml", "[package]\n" + inherits + workspace + "'itself'\n");
  CHECK(value_of(package_in(inner), "HOMEPAGE") == "itself");
  CHECK(value_of(package_in(inner), "LICENSE_FILE") == "LICENSE");

  support::write_file(inner + "/Cargo.toml", "[package]\nworkspace = 'nowhere'\n" + inherits);
  CHECK(value_of(package_in(inner), "HOMEPAGE") == "");
  CHECK(value_of(package_in(inner), "LICENSE_FILE") == "");
}

}  // namespace
