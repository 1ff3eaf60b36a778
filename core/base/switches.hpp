// What a build may leave out: macros for the compiler's command line, in the manner of SQLite's OMIT options
// (docs/embedding.md). What one of them takes along is decided here, and nowhere else is one of them looked at. What is
// left out is still compiled, but nothing calls it, and so nothing of it is in the program.
#pragma once

#include "core/base/result.hpp"
#include "core/base/text.hpp"

namespace nextest {

// The macro that leaves a feature out of this build; nullptr: the feature is there.
namespace left_out_by {

#if defined(NEXTEST_WITHOUT_JSON)
inline constexpr const char* json = "NEXTEST_WITHOUT_JSON";
#else
inline constexpr const char* json = nullptr;
#endif

// A record holds JSON.
#if defined(NEXTEST_WITHOUT_RECORDS)
inline constexpr const char* records = "NEXTEST_WITHOUT_RECORDS";
#else
inline constexpr const char* records = json;
#endif

#if defined(NEXTEST_WITHOUT_CONFIG)
inline constexpr const char* config = "NEXTEST_WITHOUT_CONFIG";
#else
inline constexpr const char* config = nullptr;
#endif

// Only configuration defines scripts.
#if defined(NEXTEST_WITHOUT_SCRIPTS)
inline constexpr const char* scripts = "NEXTEST_WITHOUT_SCRIPTS";
#else
inline constexpr const char* scripts = config;
#endif

#if defined(NEXTEST_WITHOUT_FILTERSETS)
inline constexpr const char* filtersets = "NEXTEST_WITHOUT_FILTERSETS";
#else
inline constexpr const char* filtersets = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_JUNIT)
inline constexpr const char* junit = "NEXTEST_WITHOUT_JUNIT";
#else
inline constexpr const char* junit = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_TERMINAL)
inline constexpr const char* terminal = "NEXTEST_WITHOUT_TERMINAL";
#else
inline constexpr const char* terminal = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_MANUAL)
inline constexpr const char* manual = "NEXTEST_WITHOUT_MANUAL";
#else
inline constexpr const char* manual = nullptr;
#endif

#if defined(NEXTEST_WITHOUT_GITHUB)
inline constexpr const char* github = "NEXTEST_WITHOUT_GITHUB";
#else
inline constexpr const char* github = nullptr;
#endif

}  // namespace left_out_by

enum class Feature : std::uint8_t { Records, Config, Filtersets, Junit, Json, Terminal, Manual, Github, Scripts };

struct FeatureRow {
  const char* name;  // as messages call it
  const char* left_out_by;
};
// By Feature.
inline constexpr FeatureRow features[] = {
    {"records", left_out_by::records},
    {"configuration files", left_out_by::config},
    {"filtersets", left_out_by::filtersets},
    {"JUnit reports", left_out_by::junit},
    {"JSON", left_out_by::json},
    {"the bar, keys, debuggers and tracers", left_out_by::terminal},
    {"help topics and completions", left_out_by::manual},
    {"annotations and a summary for GitHub", left_out_by::github},
    {"scripts", left_out_by::scripts},
};

constexpr const FeatureRow& row_of(Feature feature) { return features[static_cast<std::size_t>(feature)]; }
constexpr bool built_in(Feature feature) { return row_of(feature).left_out_by == nullptr; }

// What tests say of themselves is in JUnit reports alone, and not in a build that is to be small.
inline constexpr bool has_test_properties = built_in(Feature::Junit) && built_in(Feature::Config);

constexpr bool has_all_features() {
  for (const FeatureRow& row : features) {
    if (row.left_out_by != nullptr) return false;
  }
  return true;
}
inline constexpr bool is_whole_build = has_all_features();  // harnesses apart

// Whether that is there which would be left out with the feature of that row.
constexpr bool is_there(const FeatureRow* row) { return is_whole_build || row == nullptr; }

inline Error left_out(const char* what, const char* by) {
  return Error{ExitCode::ExperimentalFeatureNotEnabled,
               std::string("this program was built without ") + what + " (" + by + ")", ""};
}
inline Error left_out(const FeatureRow& row) { return left_out(row.name, row.left_out_by); }
inline Error left_out(Feature feature) { return left_out(row_of(feature)); }

// --- harnesses: a list of those to keep, as in -DNEXTEST_HARNESSES=googletest,doctest ---

// A program without tests inside needs no harness, and is always run.
#if defined(NEXTEST_HARNESSES)
#define NEXTEST_WORDS_OF(...) #__VA_ARGS__
#define NEXTEST_WORDS(...) NEXTEST_WORDS_OF(__VA_ARGS__)
inline constexpr std::string_view kept_harnesses = NEXTEST_WORDS(NEXTEST_HARNESSES);
inline constexpr bool keeps_all_harnesses = false;
#else
inline constexpr std::string_view kept_harnesses = "";
inline constexpr bool keeps_all_harnesses = true;
#endif

constexpr bool is_harness_kept(std::string_view name) {
  if (keeps_all_harnesses || name == "plain") return true;
  std::string_view rest = kept_harnesses;
  while (!rest.empty()) {
    if (trim(take_part(rest, ',')) == name) return true;
  }
  return false;
}

inline constexpr char harnesses_macro[] = "NEXTEST_HARNESSES";
inline Error harness_left_out(const char* name) { return left_out(name, harnesses_macro); }

}  // namespace nextest
