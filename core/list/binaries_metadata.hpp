// The JSON of `nextest list` as far as it is about binaries: written, and read back as the binaries of a run.
#pragma once

#include <string.h>
#include <sys/stat.h>

#include <memory>

#include "core/base/escape.hpp"
#include "core/base/file.hpp"
#include "core/base/host_triple.hpp"
#include "core/format/json_parser.hpp"
#include "core/format/json_writer.hpp"
#include "core/harness/table.hpp"
#include "core/list/cargo_build.hpp"
#include "core/list/discover.hpp"
#include "core/list/list_tests.hpp"

namespace nextest {

inline const char* name_of(BuildPlatform platform) { return platform == BuildPlatform::Host ? "host" : "target"; }

// Without "./", which means nothing.
inline std::string plain_absolute_path(std::string_view path) {
  while (starts_with(path, "./")) path.remove_prefix(2);
  std::string absolute = absolute_path(std::string(path == "." ? "" : path));
  if (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

// Where the tests of a binary run.
inline std::string absolute_working_folder(const TestBinary& binary, const StartOptions& start) {
  return plain_absolute_path(working_folder(binary, start));
}

// --- names as the keys of an object ---

// Sorted, and all different: what is not UTF-8 is shown as \xHH, and a name that would come twice is numbered.
class JsonNames {
 public:
  struct Name {
    std::string_view text;  // of a name that was given, or of one that is kept here
    std::uint32_t index;    // among those that were given
  };

  JsonNames(const Vector<std::string_view>& names, int (*compare)(const void*, const void*)) : sorted_(names.size()) {
    Vector<std::uint32_t> renamed;
    NameSet taken;
    for (std::uint32_t i = 0; i < names.size(); ++i) {
      sorted_[i] = {names[i], i};
      if (!is_utf8(names[i]) || !taken.insert(names[i])) renamed.push_back(i);
    }
    made_.reserve(renamed.size());
    for (const std::uint32_t i : renamed) {
      std::string& made = made_.emplace_back(safe_name(names[i]));
      const std::size_t size = made.size();
      for (unsigned n = 2; !taken.insert(made); ++n) {
        made.resize(size);
        made.append(" (#").append(decimal(n)).append(")");
      }
      sorted_[i].text = made;
    }
    if (!sorted_.empty()) ::qsort(sorted_.data(), sorted_.size(), sizeof(Name), compare);
  }

  const Name* begin() const { return sorted_.begin(); }
  const Name* end() const { return sorted_.end(); }

  static int by_bytes(const void* a, const void* b) { return text_of(a).compare(text_of(b)); }

  // cargo-nextest's order of ids PACKAGE, PACKAGE::NAME, PACKAGE::KIND/NAME: by package, then in this order.
  static int by_id(const void* a, const void* b) {
    const Id left(text_of(a)), right(text_of(b));
    if (const int order = left.package.compare(right.package); order != 0) return order;
    if (left.form != right.form) return left.form - right.form;
    if (const int order = left.kind.compare(right.kind); order != 0) return order;
    return left.name.compare(right.name);
  }

 private:
  struct Id {
    std::string_view package, kind, name;
    int form = 0;

    explicit Id(std::string_view id) : package(id.substr(0, id.find("::"))) {
      if (package.size() == id.size()) return;
      name = id.substr(package.size() + 2);
      const std::size_t slash = name.find('/');
      form = slash == std::string_view::npos ? 1 : 2;
      if (form == 1) return;
      kind = name.substr(0, slash);
      name.remove_prefix(slash + 1);
    }
  };

  static std::string_view text_of(const void* name) { return static_cast<const Name*>(name)->text; }

  Vector<Name> sorted_;
  Vector<std::string> made_;
};

inline JsonNames json_ids(const Vector<TestBinary>& binaries) {
  Vector<std::string_view> ids;
  for (const TestBinary& binary : binaries) ids.push_back(binary.id);
  return JsonNames(ids, JsonNames::by_id);
}

// --- writing ---

// One member of an object, a string.
inline void write_text(JsonWriter& json, const char* key, std::string_view text) { json.key(key).string(text); }

// What cargo would know of the build: the members that readers of the format insist on.
inline void write_build_meta(JsonWriter& json) {
  // @ is the folder we are in, % the platform.
  constexpr std::string_view form =
      R"({"target-directory":@,"build-directory":@,"base-output-directories":[],"non-test-binaries":{},)"
      R"("build-script-out-dirs":{},"build-script-info":{},"linked-paths":[],"platforms":{"host":{"platform":%,)"
      R"("libdir":{"status":"unavailable","reason":"not-cargo"}},"targets":[]},"target-platforms":[%],)"
      R"("target-platform":null})";
  std::string text;
  for (const char c : form) {
    if (c == '@') append_json_string(text, current_folder());
    else if (c == '%') text.append(R"({"triple":")").append(host_triple()).append(R"(","target-features":"unknown"})");
    else text += c;
  }
  json.key("rust-build-meta").value(parse_json(text).value());
}

// The members of a binary; package-name and harness are not cargo-nextest's (in a list of tests, package-name is).
inline void write_binary(JsonWriter& json, const TestBinary& binary, std::string_view id) {
  write_text(json, "package-name", binary.package.str());
  write_text(json, "binary-id", id);
  write_text(json, "binary-name", binary.name);
  write_text(json, "package-id", binary.package.str());
  write_text(json, "kind", binary.kind.str());
  write_text(json, "binary-path", plain_absolute_path(binary.path));
  write_text(json, "build-platform", name_of(binary.build_platform));
  write_text(json, "harness", binary.harness->name);
}

// Binaries that are skipped are not among them.
inline std::string write_binaries_metadata(const Vector<TestBinary>& binaries, bool pretty) {
  std::string out;
  JsonWriter json(out, pretty);
  json.begin_object();
  write_build_meta(json);
  json.key("rust-binaries").begin_object();
  for (const JsonNames::Name& id : json_ids(binaries)) {
    const TestBinary& binary = binaries[id.index];
    if (!binary.skip_reason.empty()) continue;
    json.key(id.text).begin_object();
    write_binary(json, binary, id.text);
    json.end_object();
  }
  json.end_object();
  json.end_object();
  return out += '\n';
}

// --- reading ---

class BinariesMetadata {
 public:
  // The binaries that `file` names, looked into by `options`; a harness there is for all of them. `library_path`
  // becomes where they look for libraries; empty: where we do.
  static Result<Vector<TestBinary>> read(const std::string& file, const DiscoverOptions& options,
                                         KeptText& library_path) {
    BinariesMetadata metadata(file, options);
    if (Status status = metadata.read_all(library_path); !status) return status.error();
    return std::move(metadata.binaries_);
  }

 private:
  BinariesMetadata(const std::string& file, const DiscoverOptions& options) : file_(file), options_(options) {}

  Status read_all(KeptText& library_path) {
    std::string text;
    if (const int error = read_file(file_, max_size, text); error != 0) return fail(::strerror(error), "");
    const Result<JsonValue> json = parse_json(text);
    if (!json) return fail(json.error().message);
    const JsonValue* const binaries = json.value().find("rust-binaries");
    if (binaries == nullptr) return fail("'rust-binaries' is missing");
    if (binaries->kind != JsonKind::Object) return fail("'rust-binaries' is not an object");
    const JsonValue nothing;
    const JsonValue* const meta = json.value().find("rust-build-meta");
    const CargoBuild build(meta != nullptr ? *meta : nothing);
    if (!build.fault().empty()) return fail("'rust-build-meta." + build.fault());
    library_path = build.library_path();
    if (!library_path.empty()) for_libraries_ = {"LD_LIBRARY_PATH=" + library_path.str()};
    for (const JsonMember& member : binaries->members) {
      at_ = "rust-binaries." + safe_name(member.name);
      if (member.value.kind != JsonKind::Object) return fail("'" + at_ + "' is not an object");
      if (Status status = read_binary(member.value, build); !status) return status;
    }
    // As cargo-nextest has them, whatever the order in the file: `--partition slice` deals in it.
    Vector<TestBinary> in_order;
    in_order.reserve(binaries_.size());
    for (const JsonNames::Name& id : json_ids(binaries_)) in_order.push_back(std::move(binaries_[id.index]));
    binaries_ = std::move(in_order);
    return success();
  }

  Status read_binary(const JsonValue& object, const CargoBuild& build) {
    TestBinary binary;
    std::string platform, id, name, path, harness, kind, package, package_id, folder;
    const bool good = take(object, "build-platform", platform) && take(object, "binary-id", id) &&
                      take(object, "binary-name", name) && take(object, "kind", kind) &&
                      take(object, "binary-path", path) && take(object, "package-name", package) &&
                      take(object, "harness", harness) && take(object, "package-id", package_id) &&
                      take(object, "cwd", folder);
    if (!good) return failure_;
    binary.id = id;
    binary.name = name;
    binary.path = path;
    binary.kind = kind;
    // A Rust id begins with the package.
    binary.package = package.empty() ? id.substr(0, id.find("::")) : package;
    if (platform == "host") binary.build_platform = BuildPlatform::Host;
    else if (platform != "target") return fail_at("build-platform", "is neither target nor host");
    for (const TestBinary& other : binaries_) {
      if (other.id == binary.id) return fail_at("binary-id", "is that of another binary, too");
    }
    if (find_custom(options_.custom, harness) == nullptr && !is_executable_file(path)) {
      return fail_at("binary-path", "is no executable file: " + safe_name(path));
    }
    if (!harness.empty() && !check_harness_name(harness, options_.custom)) {
      return fail_at("harness", "is not known: " + safe_name(harness));
    }
    DiscoverOptions options = options_;
    options.paths = {path};
    if (options.harness.empty()) options.harness = harness;
    Result<Vector<TestBinary>> found = Discovery::run(std::move(options), &for_libraries_);
    if (!found) return found.error();
    binary.harness = found.value()[0].harness;
    binary.other_harnesses = std::move(found.value()[0].other_harnesses);
    use_package(binary, build, package_id, folder);
    binaries_.push_back(std::move(binary));
    return success();
  }

  // Its tests run in the folder of their package, which the id names, and have cargo's variables.
  void use_package(TestBinary& binary, const CargoBuild& build, const std::string& id, std::string folder) {
    const CargoPackage package = CargoPackage::of_id(id);
    if (folder.empty() && is_folder(package.folder)) folder = package.folder;
    if (!folder.empty()) folder = absolute_path(folder);
    binary.folder = folder;
    const bool is_apart = binary.kind == "test" || binary.kind == "bench";
    Vector<std::string> variables = build.environment_of(id, package, folder, is_apart);
    if (!variables.empty()) binary.environment = &kept_environment(std::move(variables));
  }

  static bool is_folder(const std::string& path) {
    struct stat info {};
    return !path.empty() && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  // As long as the program; one for all binaries that have the same.
  static const Vector<std::string>& kept_environment(Vector<std::string> variables) {
    static Vector<std::unique_ptr<const Vector<std::string>>> kept;
    for (std::size_t i = kept.size(); i-- > 0;) {
      if (*kept[i] == variables) return *kept[i];
    }
    return *kept.emplace_back(std::make_unique<const Vector<std::string>>(std::move(variables)));
  }

  // The member of that name, a string. False when it is not there though it must be, or is something else.
  bool take(const JsonValue& object, const char* key, std::string& text) {
    const JsonValue* const value = object.find(key);
    const std::string_view name = key;
    for (const char* const optional : {"package-name", "harness", "package-id", "cwd"}) {
      if (value == nullptr && name == optional) return true;
    }
    const bool good = value != nullptr && value->kind == JsonKind::String && !value->text.empty();
    if (good) text = value->text;
    else
      failure_ = fail_at(key, value == nullptr                  ? "is missing"
                              : value->kind == JsonKind::String ? "is empty"
                                                                : "is not a string");
    return good;
  }

  Error fail_at(const char* key, const std::string& what) const { return fail("'" + at_ + "." + key + "' " + what); }

  Error fail(const std::string& what, const char* hint =
                                          "it is to hold what this printed: nextest list --list-type binaries-only "
                                          "--message-format json") const {
    return Error{ExitCode::SetupError, "cannot read the binaries of " + safe_name(file_) + ": " + what, hint};
  }

  static constexpr std::size_t max_size = std::size_t{64} << 20;

  const std::string& file_;
  const DiscoverOptions& options_;
  std::string at_;  // the key of the binary at hand
  Error failure_;
  Vector<std::string> for_libraries_;  // the variable by which programs find them, if it is not ours
  Vector<TestBinary> binaries_;
};

}  // namespace nextest
