// Workflow commands of GitHub Actions: lines that its log makes annotations and groups of.
#pragma once

#include "core/base/escape.hpp"
#include "core/report/failure_place.hpp"

namespace nextest {

// As the toolkit of GitHub's own actions escapes values: a property ends at a comma or colon, a message with the line.
inline void append_github_escaped(std::string& out, std::string_view text, bool is_property) {
  for (const char c : text) {
    const bool ends_property = is_property && (c == ':' || c == ',');
    if (c == '%' || c == '\r' || c == '\n' || ends_property) append_format(out, "%%%02X", c);
    else out += c;
  }
}

// A place without a file stands in the summary of the workflow only.
inline void append_github_error(std::string& out, const FailurePlace& place, std::string_view title,
                                std::string_view message) {
  out += "::error ";
  if (!place.file.empty()) {
    out += "file=";
    append_github_escaped(out, safe_name(place.file), true);
    append_format(out, ",line=%u,", place.line);
  }
  out += "title=";
  append_github_escaped(out, title, true);
  out += "::";
  append_github_escaped(out, message, false);
  out += '\n';
}

}  // namespace nextest
