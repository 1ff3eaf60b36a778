// How text looks on the stream it goes to: colours where they are wanted, lines of a box where the locale has them.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "core/base/escape.hpp"

namespace nextest {

enum class ColorChoice : unsigned char { Auto, Always, Never };

// The sixteen colours that every terminal has.
enum class Paint : unsigned char { Plain, Bold, Pass, Fail, Skip, Retry, BinaryId, NamePath, NameEnd };

struct Style {
  bool coloured = false;
  bool unicode = false;

  // NO_COLOR (no-color.org), CLICOLOR_FORCE (bixense.com/clicolors), FORCE_COLOR and TERM=dumb decide when `choice`
  // is Auto.
  static Style detect(int fd, ColorChoice choice) {
    Style style;
    const auto value_of = [](const char* name) {
      const char* const value = ::getenv(name);
      return std::string_view(value == nullptr ? "" : value);
    };
    const auto is_set = [&](const char* name) { return !value_of(name).empty(); };
    const auto is_on = [&](const char* name) { return is_set(name) && value_of(name) != "0"; };
    if (choice != ColorChoice::Auto) style.coloured = choice == ColorChoice::Always;
    else if (is_set("NO_COLOR")) style.coloured = false;
    else if (is_on("CLICOLOR_FORCE") || is_on("FORCE_COLOR")) style.coloured = true;
    else style.coloured = ::isatty(fd) == 1 && ::getenv("TERM") != nullptr && value_of("TERM") != "dumb";

    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
      if (!is_set(name)) continue;
      std::string locale(value_of(name));
      for (char& c : locale) c = ascii_lower(c);
      style.unicode = contains(locale, "utf-8") || contains(locale, "utf8");
      break;
    }
    return style;
  }

  void paint(std::string& out, Paint paint, std::string_view text) const {
    static constexpr const char* codes[] = {"", "1", "32;1", "31;1", "33;1", "35;1", "35", "36", "34;1"};
    if (!coloured || paint == Paint::Plain) {
      out.append(text);
      return;
    }
    out.append("\x1B[").append(codes[static_cast<int>(paint)]).append("m").append(text).append("\x1B[0m");
  }

  void rule(std::string& out, int width) const {
    for (int i = 0; i < width; ++i) out += unicode ? "\xE2\x94\x80" : "-";
  }

  // A test name with its last part highlighted: what follows `separator`, all of it where there is none.
  void test_name(std::string& out, std::string_view name, std::string_view separator) const {
    const std::size_t at = separator.empty() ? std::string_view::npos : name.rfind(separator);
    const std::size_t end = at == std::string_view::npos ? 0 : at + separator.size();
    if (end > 0) paint(out, Paint::NamePath, safe_name(name.substr(0, end)));
    paint(out, Paint::NameEnd, safe_name(name.substr(end)));
  }
};

}  // namespace nextest
