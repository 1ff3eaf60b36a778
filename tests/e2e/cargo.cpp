// Binaries of a build by cargo, given by its metadata: where their tests run, and what cargo's variables tell them.
#include <sys/stat.h>

#include <algorithm>

#include "workspace.hpp"

using namespace drive;

namespace {

// A workspace of cargo with one package, as if it was built, and the metadata of that.
class CargoWorkspace : public Workspace {
 public:
  const std::string package = dir / "a member", target = dir / "target";
  const std::string id = "path+file://" + dir.path() + "/a%20member#the-package@1.20.3-rc.1+build.5";

  CargoWorkspace() {
    for (const std::string& folder : {package, target, target + "/debug", target + "/linked", target + "/out"}) {
      REQUIRE(mkdir(folder.c_str(), 0755) == 0);
    }
    write_file(dir / "Cargo.toml",
               "[workspace]\nmembers = ['a member']\n[workspace.package]\nauthors = ['A <a@example.org>', 'B']\n"
               "license-file = 'LICENSE'\nrust-version = '1.70'\n");
    write_file(package + "/Cargo.toml",
               "[package]\nname = 'the-package'\nversion = '1.20.3-rc.1+build.5'\nauthors.workspace = true\n"
               "description = \"says \\\"what\\\" it is\"\nhomepage = 'https://home.example.org'\nlicense = 'MIT'\n"
               "license-file = { workspace = true }\nrust-version = { workspace = true }\n");
    options.environment["LD_LIBRARY_PATH"] = "/ours:/and/ours";
  }

  // What cargo-nextest writes of the build.
  std::string build() const {
    return R"({"target-directory":")" + target + R"(","build-directory":")" + target +
           R"(","base-output-directories":["debug"],"non-test-binaries":{")" + id +
           R"(":[{"name":"a-tool","kind":"bin-exe","path":"debug/a-tool"},{"name":"it","kind":"dylib","path":"debug/it.so"}],)"
           R"("other":[{"name":"other","kind":"bin-exe","path":"debug/other"}]},"build-script-out-dirs":{")" +
           id + R"(":"out/out"},"build-script-info":{")" + id +
           R"(":{"envs":{"FROM_SCRIPT":"a = b","CARGO_PKG_NAME":"not this"}}},"linked-paths":["gone","linked"],)"
           R"("platforms":{"host":{"platform":{"triple":"x"},"libdir":{"status":"available","path":"/rust/lib"}},)"
           R"("targets":[{"platform":{"triple":"y"},"libdir":{"status":"unavailable","reason":"none"}}]}})";
  }

  // One of the binaries; `more` are members of its.
  std::string binary(const std::string& kind, const std::string& path, const std::string& more = "") const {
    return "\"" + kind + R"(":{"binary-id":")" + kind + R"(","binary-name":")" + kind + R"(","package-id":")" + id +
           R"(","kind":")" + kind + R"(","build-platform":"target","binary-path":")" + path + "\"" + more + "}";
  }

  Outcome run_of(const std::string& build, const std::string& binaries, const std::string& command = "run") const {
    write_file(dir / "m.json", R"({"rust-build-meta":)" + build + R"(,"rust-binaries":{)" + binaries + "}}");
    return nextest({command, "--binaries-metadata", "m.json"}, options);
  }

  // Where there is no compiler for Rust: it speaks libtest's protocol, and tells what its tests and its listing are
  // told.
  std::string teller() {
    script("teller",
           "case \"$*\" in *--list*) part=list ;; *) part=run ;; esac\n"
           "{ echo \"cwd=$(pwd)\"; env; } > \"$E2E_LOG.$part\"\n"
           "case \"$*\" in *--ignored*) ;; *--list*) echo 't: test' ;; esac");
    return dir / "teller";
  }

  // What it was told in one variable; "-" where that was not set.
  std::string told(const std::string& part, const std::string& name) const {
    for (const std::string& line : lines_of(read_file(dir / ("log." + part)))) {
      if (starts_with(line, name + "=")) return line.substr(name.size() + 1);
    }
    return "-";
  }
};

}  // namespace

TEST_CASE("cargo: a test runs in the folder of its package, with cargo's variables" * needs(built("variables_rust"))) {
  const CargoWorkspace work;
  Words binaries;
  for (const char* kind : {"lib", "test", "bench", "bin"}) {
    binaries.push_back(work.binary(kind, work.dir.take("variables_rust", kind)));
  }
  const Outcome outcome =
      work.run_of(work.build(), binaries[0] + "," + binaries[1] + "," + binaries[2] + "," + binaries[3]);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  const std::string target = work.target;
  const std::string libraries =
      target + "/linked:" + target + "/debug:" + target + "/debug/deps:/rust/lib:/ours:/and/ours";
  const Words everywhere = {
      "CARGO_MANIFEST_DIR=" + work.package,
      "CARGO_PKG_AUTHORS=A <a@example.org>:B",
      "CARGO_PKG_DESCRIPTION=says \"what\" it is",
      "CARGO_PKG_HOMEPAGE=https://home.example.org",
      "CARGO_PKG_LICENSE=MIT",
      "CARGO_PKG_LICENSE_FILE=../LICENSE",
      "CARGO_PKG_NAME=the-package",
      "CARGO_PKG_REPOSITORY=",
      "CARGO_PKG_RUST_VERSION=1.70.0",
      "CARGO_PKG_VERSION=1.20.3-rc.1+build.5",
      "CARGO_PKG_VERSION_MAJOR=1",
      "CARGO_PKG_VERSION_MINOR=20",
      "CARGO_PKG_VERSION_PATCH=3",
      "CARGO_PKG_VERSION_PRE=rc.1",
      "FROM_SCRIPT=a = b",
      "LD_LIBRARY_PATH=" + libraries,
      "NEXTEST_LD_LIBRARY_PATH=" + libraries,
      "OUT_DIR=" + target + "/out/out",
      "cwd=" + work.package,
  };
  Words apart = everywhere;
  for (const char* name : {"CARGO_BIN_EXE_a-tool=", "NEXTEST_BIN_EXE_a-tool=", "NEXTEST_BIN_EXE_a_tool="}) {
    apart.push_back(name + target + "/debug/a-tool");
  }
  std::sort(apart.begin(), apart.end());
  CHECK(lines_of(read_file(work.dir / "log.lib")) == everywhere);
  CHECK(lines_of(read_file(work.dir / "log.bin")) == everywhere);
  CHECK(lines_of(read_file(work.dir / "log.test")) == apart);
  CHECK(lines_of(read_file(work.dir / "log.bench")) == apart);
}

TEST_CASE("cargo: listing is told the same, and a folder that is stated goes before the package's") {
  CargoWorkspace work;
  const std::string teller = work.teller();
  REQUIRE(mkdir((work.dir / "elsewhere").c_str(), 0755) == 0);
  const std::string harness = R"(,"harness":"libtest")";
  CHECK(work.run_of(work.build(), work.binary("test", teller, harness)).code == 0);
  for (const char* part : {"list", "run"}) {
    NOTE(part);
    CHECK(work.told(part, "cwd") == work.package);
    CHECK(work.told(part, "CARGO_MANIFEST_DIR") == work.package);
    CHECK(work.told(part, "CARGO_PKG_VERSION") == "1.20.3-rc.1+build.5");
    CHECK(work.told(part, "NEXTEST_BIN_EXE_a_tool") == work.target + "/debug/a-tool");
    CHECK(starts_with(work.told(part, "LD_LIBRARY_PATH"), work.target + "/linked:"));
  }
  CHECK(work.run_of(work.build(), work.binary("test", teller, harness + R"(,"cwd":"elsewhere")")).code == 0);
  CHECK(work.told("run", "cwd") == work.dir / "elsewhere");
  CHECK(work.told("run", "CARGO_MANIFEST_DIR") == work.dir / "elsewhere");
}

TEST_CASE("cargo: of an older file, the build script's variables are those that it printed") {
  CargoWorkspace work;
  const std::string binary = work.binary("test", work.teller(), R"(,"harness":"libtest")");
  write_file(work.target + "/out/output",
             "cargo:rustc-env=FROM_OLD=1\ncargo:rustc-link-lib=z\ncargo::rustc-env=FROM_NEW=a=b\n"
             "cargo::rustc-env=FROM_NOTHING\ncargo:rustc-env=FROM_OLD=2\n");
  std::string build = work.build();
  const std::size_t at = build.find("\"build-script-info\"");
  build.erase(at, build.find("\"linked-paths\"") - at);
  CHECK(work.run_of(build, binary).code == 0);
  CHECK(work.told("run", "OUT_DIR") == work.target + "/out/out");
  CHECK(work.told("run", "FROM_OLD") == "2");
  CHECK(work.told("run", "FROM_NEW") == "a=b");
  CHECK(work.told("run", "FROM_NOTHING") == "-");
  CHECK(work.run_of(work.build(), binary).code == 0);
  CHECK(work.told("run", "FROM_NEW") == "-");
  CHECK(work.told("run", "FROM_SCRIPT") == "a = b");
}

TEST_CASE("cargo: what is not of a build by cargo has none of its variables") {
  CargoWorkspace work;
  work.options.environment["LD_LIBRARY_PATH"] = "";
  const std::string path = work.teller();
  const Outcome list =
      nextest({"list", "--harness", "libtest", path, "--list-type", "binaries-only", "-T", "json"}, work.options);
  write_file(work.dir / "m.json", list.out);
  CHECK(nextest({"run", "--binaries-metadata", "m.json"}, work.options).code == 0);
  CHECK(work.told("run", "cwd") == work.dir.path());
  CHECK(work.told("run", "LD_LIBRARY_PATH") == "-");
  for (const char* name : {"CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "OUT_DIR"}) CHECK(work.told("run", name) == "-");
}

TEST_CASE("cargo: a package whose folder is not here, or whose Cargo.toml cannot be read") {
  CargoWorkspace work;
  const std::string binary = work.binary("test", work.teller(), R"(,"harness":"libtest")");
  write_file(work.package + "/Cargo.toml", "[package\n");
  CHECK(work.run_of("{}", binary).code == 0);
  CHECK(work.told("run", "cwd") == work.package);
  CHECK(work.told("run", "CARGO_PKG_NAME") == "the-package");
  CHECK(work.told("run", "CARGO_PKG_AUTHORS") == "-");
  CHECK(work.told("run", "LD_LIBRARY_PATH") == "/ours:/and/ours");
  REQUIRE(unlink((work.package + "/Cargo.toml").c_str()) == 0);
  REQUIRE(rmdir(work.package.c_str()) == 0);
  CHECK(work.run_of("{}", binary).code == 0);
  CHECK(work.told("run", "cwd") == work.dir.path());
  CHECK(work.told("run", "CARGO_MANIFEST_DIR") == "-");
  CHECK(work.told("run", "CARGO_PKG_VERSION_MINOR") == "20");
}

TEST_CASE("cargo: what is wrong in rust-build-meta is an error that names it") {
  CargoWorkspace work;
  const std::string binary = work.binary("test", work.teller(), R"(,"harness":"libtest")");
  for (const char* command : {"run", "list"}) {
    const Outcome outcome = work.run_of(R"({"linked-paths":{}})", binary, command);
    SHOW(outcome);
    CHECK(outcome.code == 96);
    CHECK(contains(outcome.err, "cannot read the binaries of m.json: 'rust-build-meta.linked-paths' is not an array"));
  }
  CHECK(work.run_of(R"({"linked-paths":null,"platforms":null})", binary).code == 0);
}
