// Arguments and environment -> CommandLine. POSIX and GNU spellings: -jN, -j N, --opt=value, --opt value, bundled
// letters.
#pragma once

#include <stdlib.h>

#include <algorithm>

#include "cli/option_table.hpp"

namespace nextest {

class Parser {
 public:
  // `words` are the arguments after the command's name. A --help among them sets `wants_help`, and nothing else counts.
  static Result<CommandLine> parse(OptionCommands command, const char* command_name, Vector<std::string_view> words,
                                   bool& wants_help) {
    Parser parser(command, command_name, std::move(words));
    if (command == ForShowConfig) parser.take_topic();
    wants_help = parser.asks_for_help();
    if (wants_help) return std::move(parser.line_);
    if (Status status = parser.read_environment(); !status) return status.error();
    if (Status status = parser.read_words(); !status) return status.error();
    return std::move(parser.line_);
  }

 private:
  Parser(OptionCommands command, const char* command_name, Vector<std::string_view> words)
      : command_(command), command_name_(command_name), words_(std::move(words)) {
    std::size_t size = std::string_view(command_name).size() + 1;
    for (const std::string_view word : words_) size += word.size() + 1;
    line_.typed.reserve(size);
    line_.binaries.paths.reserve(words_.size());
    line_.typed.add(command_name);
    for (const std::string_view word : words_) line_.typed.add(word);
  }

  // show-config test EXPR, show-config profile: what is to be shown stands before all else.
  void take_topic() {
    while (next_ < words_.size() && !starts_with(words_[next_], "-") &&
           (line_.words.empty() || (line_.words.size() == 1 && line_.words[0] == "test"))) {
      line_.words.emplace_back(words_[next_++]);
    }
  }

  bool asks_for_help() const {
    for (const std::string_view word : words_) {
      if (word == "--") return false;
      if (word == "--help") return true;
      if (starts_with(word, "-") && !starts_with(word, "--") && bundles_help(word.substr(1))) return true;
    }
    return false;
  }

  // -h, -vh; not -jh, where it is a value.
  bool bundles_help(std::string_view letters) const {
    for (const char letter : letters) {
      if (letter == 'h') return true;
      for (const Option& option : option_table) {
        if (option.letter == letter && option.value != nullptr && (option.commands & command_) != 0) return false;
      }
    }
    return false;
  }

  // As clap's BoolishValueParser, in any case of letters. False: neither.
  static bool read_switch(std::string word, bool& is_on) {
    for (char& c : word) c = ascii_lower(c);
    is_on = true;
    for (const std::string_view yes : {"1", "y", "yes", "t", "true", "on"}) {
      if (word == yes) return true;
    }
    is_on = false;
    for (const std::string_view no : {"0", "n", "no", "f", "false", "off"}) {
      if (word == no) return true;
    }
    return false;
  }

  Status read_environment() {
    for (const Option& option : option_table) {
      const char* const value = option.variable != nullptr ? ::getenv(option.variable) : nullptr;
      if (value == nullptr || *value == '\0' || (option.commands & command_) == 0) continue;
      bool is_on = true;
      if (option.value == nullptr && !read_switch(value, is_on)) {
        return in_context("the environment variable " + std::string(option.variable),
                          Error{ExitCode::SetupError, std::string("'") + value + "' is not allowed",
                                "allowed: 1 or 0, true or false, yes or no, on or off"});
      }
      if (!is_on) {
        // A no stands for --no-... where there is that.
        for (const Option& other : option_table) {
          if (std::string("no-") + option.name != other.name) continue;
          if (Status status = use(other, "", option.variable); !status) return status;
        }
        continue;
      }
      if (Status status = use(option, value, option.variable); !status) {
        return in_context("the environment variable " + std::string(option.variable), status.error());
      }
    }
    return success();
  }

  Status read_words() {
    while (next_ < words_.size()) {
      const std::string word(words_[next_++]);
      Status status = success();
      if (word == "--") return read_test_binary_words();
      if (starts_with(word, "--")) status = read_long(word);
      else if (starts_with(word, "-") && word.size() > 1) status = read_letters(word);
      else if ((command_ & WithoutTests) != 0) line_.words.push_back(word);
      else if (contains(word, "/")) line_.binaries.paths.push_back(KeptText::of(words_[next_ - 1]));
      else line_.selection.names.push_back({word, false});
      if (!status) return status;
    }
    return success();
  }

  Status read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string spelled = word.substr(0, equals);
    std::string name = spelled.substr(2);
    for (const OptionAlias& alias : option_aliases) {
      if (name == alias.alias) name = alias.name;
    }
    for (const Option& option : option_table) {
      if (name != option.name || (option.commands & command_) == 0) continue;
      if (option.value == nullptr && equals != std::string::npos) {
        return Error{ExitCode::SetupError, spelled + " takes no value", ""};
      }
      return apply(option, spelled, equals != std::string::npos, word.substr(equals + 1));
    }
    return unknown_option(spelled);
  }

  Status read_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* found = nullptr;
      for (const Option& option : option_table) {
        if (option.letter == word[i] && (option.commands & command_) != 0) found = &option;
      }
      const std::string spelled = std::string("-") + word[i];
      if (found == nullptr) return unknown_option(spelled);
      const bool attached = found->value != nullptr && i + 1 < word.size();
      if (Status status = apply(*found, spelled, attached, word.substr(i + 1)); !status) return status;
      if (attached) break;
    }
    return success();
  }

  Status apply(const Option& option, const std::string& spelled, bool attached, std::string value) {
    if (option.value == nullptr) {
      value.clear();
    } else if (!attached) {
      if (next_ == words_.size()) {
        return Error{ExitCode::SetupError, spelled + " needs a value: " + spelled + " " + option.value,
                     help_of(option)};
      }
      value = words_[next_++];
    }
    if (Status status = use(option, value, spelled); !status) return in_context(spelled, status.error());
    return note_given(option);
  }

  // Of the command line alone: what a variable asks for is there for other runs, too.
  Status note_given(const Option& option) {
    for (const OptionConflict& conflict : option_conflicts) {
      const bool is_one = std::string_view(option.name) == conflict.one;
      if (!is_one && std::string_view(option.name) != conflict.other) continue;
      const char* const excluded = is_one ? conflict.other : conflict.one;
      if (is_given(excluded)) return contradiction("--" + std::string(excluded), "--" + std::string(option.name));
    }
    given_.push_back(&option);
    return success();
  }

  bool is_given(std::string_view name) const {
    return std::any_of(given_.begin(), given_.end(), [&](const Option* option) { return option->name == name; });
  }

  static Error contradiction(const std::string& one, const std::string& other) {
    return Error{ExitCode::SetupError, one + " and " + other + " exclude each other", "give one of them"};
  }

  // `origin` is the option as it was spelled, or its variable.
  Status use(const Option& option, std::string_view value, const std::string& origin) {
    if (option.is_setting()) {
      return line_.config.options.set(option.setting, option.fixed_word != nullptr ? option.fixed_word : value, origin);
    }
    if (is_whole_build || option.apply != nullptr) return option.apply(line_, value);
    return left_out(*option.left_out);
  }

  // What follows "--" is what a libtest binary would be given: names, and these.
  static constexpr const char* test_binary_options[] = {"--skip",      "--exact",     "--ignored", "--include-ignored",
                                                        "--nocapture", "--no-capture"};

  Status read_test_binary_words() {
    Vector<NamePattern> names, skips;
    bool exact = false;
    std::string ignored = is_given("run-ignored") ? "--run-ignored" : "";  // the word that chose them
    std::string no_capture = is_given("no-capture") ? "--no-capture" : "";
    while (next_ < words_.size()) {
      const std::string word(words_[next_++]);
      if (word == "--") {
        while (next_ < words_.size()) names.push_back({std::string(words_[next_++]), false});
      } else if (word == "--exact") {
        if (exact) return contradiction(word, word + " once more");
        exact = true;
      } else if (word == "--ignored" || word == "--include-ignored") {
        if (!ignored.empty()) return contradiction(ignored, word + " after --");
        ignored = word;
        line_.selection.run_ignored = word == "--ignored" ? RunIgnored::Only : RunIgnored::All;
      } else if (word == "--nocapture" || word == "--no-capture") {
        if (!no_capture.empty()) return contradiction(no_capture, word + " after --");
        no_capture = word;
        line_.request.capture = false;
      } else if (starts_with(word, "--skip=")) skips.push_back({word.substr(7), false});
      else if (word == "--skip" && next_ < words_.size()) skips.push_back({std::string(words_[next_++]), false});
      else if (word == "--skip") return Error{ExitCode::SetupError, "--skip needs a name", ""};
      else if (!starts_with(word, "-") || word == "-") names.push_back({word, false});
      else return unknown(word, " after --", {std::begin(test_binary_options), std::end(test_binary_options)});
    }
    for (NamePattern& name : names) line_.selection.names.push_back({std::move(name.text), exact});
    for (NamePattern& skip : skips) line_.selection.skips.push_back({std::move(skip.text), exact});
    return success();
  }

  Error unknown_option(const std::string& spelled) const {
    Vector<std::string> names = {"--help"};
    for (const Option& option : option_table) {
      if (option.is_shown_for(command_)) names.push_back(std::string("--") + option.name);
    }
    Error error = unknown(spelled, "", {names.begin(), names.end()});
    for (const char* const after_dashes : test_binary_options) {
      if (spelled == after_dashes)
        error.hint = spelled + " is given after --, as in: nextest " + command_name_ + " PATH -- " + spelled;
    }
    return error;
  }

  Error unknown(const std::string& spelled, const char* where, const Vector<std::string_view>& candidates) const {
    const std::string_view near = nearest(spelled, candidates);
    std::string hint = near.empty() ? "" : "did you mean " + std::string(near) + "? ";
    return Error{ExitCode::SetupError, "unknown option " + spelled + where,
                 hint + "'nextest " + command_name_ + " --help' lists all"};
  }

  static Error in_context(const std::string& where, Error error) {
    error.message = where + ": " + error.message;
    return error;
  }

  const OptionCommands command_;
  const char* const command_name_;
  const Vector<std::string_view> words_;
  std::size_t next_ = 0;
  Vector<const Option*> given_;
  CommandLine line_;
};

}  // namespace nextest
