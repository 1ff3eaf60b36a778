// What is wrong with a filterset: every fault, each with a mark under the span it is about.
#pragma once

#include <algorithm>

#include "core/base/escape.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

class FiltersetFaults {
 public:
  bool empty() const { return faults_.empty(); }
  bool full() const { return faults_.size() >= most_shown; }  // what follows is only counted

  // `instead` is what was probably meant, if that is known.
  void add(std::size_t at, std::size_t size, const char* what, std::string_view instead = {}) {
    faults_.push_back({at, size, what});
    if (instead.empty()) return;
    hint_ += hint_.empty() ? "did you mean '" : ", '";
    hint_.append(instead).append("'");
  }

  Error error(std::string_view text) const {
    Error error = {ExitCode::InvalidFilterset, "invalid filterset", hint_};
    if (!hint_.empty()) error.hint += '?';
    if (faults_.size() > 1) append_format(error.message, ": %zu errors", faults_.size());
    const std::size_t shown = std::min(faults_.size(), most_shown);
    // Each line of the expression with the marks that begin in it.
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      append_line(error.message, text.substr(start, end - start), start, shown);
      start = end + 1;
    }
    if (shown < faults_.size()) append_format(error.message, "\n  and %zu more", faults_.size() - shown);
    return error;
  }

 private:
  struct Fault {
    std::size_t at, size;
    const char* what;
  };
  static constexpr std::size_t most_shown = 20, long_line = 500, around = 60;

  // Appends that part of `line` as it is shown; returns how wide it is.
  static std::size_t append_part(std::string& out, std::string_view line, std::size_t from, std::size_t to) {
    const std::size_t before = out.size();
    append_safe_name(out, line.substr(from, to - from));
    std::size_t width = 0;
    for (std::string_view rest = std::string_view(out).substr(before); !rest.empty(); ++width) {
      rest.remove_prefix(decode_utf8(rest).length);
    }
    return width;
  }

  void append_line(std::string& out, std::string_view line, std::size_t start, std::size_t shown) const {
    std::string_view visible = line;
    if (ends_with(visible, "\r")) visible.remove_suffix(1);
    const bool whole = visible.size() <= long_line;
    if (whole) append_part(out += "\n  ", visible, 0, visible.size());
    for (std::size_t i = 0; i < shown; ++i) {
      const Fault& fault = faults_[i];
      if (fault.at < start || fault.at > start + line.size()) continue;
      const std::size_t at = std::min(fault.at - start, visible.size());
      std::size_t size = std::min(fault.size, visible.size() - at);
      std::size_t from = 0;
      if (!whole) {
        // Too long to show whole: what is around the fault, cut between characters.
        const auto is_inside = [&](std::size_t place) {
          return place < visible.size() && (static_cast<unsigned char>(visible[place]) & 0xC0) == 0x80;
        };
        from = at < around ? 0 : at - around;
        std::size_t to = visible.size() - at < around ? visible.size() : at + around;
        while (is_inside(from)) ++from;
        while (is_inside(to)) ++to;
        from = std::min(from, at);
        size = std::min(size, to - at);
        append_part(out += from > 0 ? "\n  ..." : "\n  ", visible, from, to);
        if (to < visible.size()) out += "...";
      }
      std::string unused;
      const std::size_t before = append_part(unused, visible, from, at);
      const std::size_t width = append_part(unused, visible, at, at + size);
      out.append("\n  ").append(before + (from > 0 ? 3 : 0), ' ');
      out.append(width > 0 ? width : 1, '^').append(" ").append(fault.what);
    }
  }

  Vector<Fault> faults_;
  std::string hint_;
};

}  // namespace nextest
