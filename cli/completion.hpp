// nextest completions: a script for bash and zsh, made of the tables that parse. zsh takes it through bashcompinit.
#pragma once

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/messages.hpp"
#include "cli/option_table.hpp"
#include "core/base/choices.hpp"

namespace nextest {

// The word that is completed, the one before it (in --name=value the name), and what of the word is done already: bash
// takes = for a word of its own, zsh does not. What may follow: `values`, or what is `dashed`, and a path of that
// `kind`.
inline constexpr char completion_begin[] =
    "_nextest() {\n"
    "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} done= values= dashed= kind=\n"
    "  case $word in\n"
    "    --*=*) before=${word%%=*} done=$before= word=${word#*=}; local PREFIX=$word ;;\n"
    "    =) word= ;;\n"
    "    *) [ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD-2]} ;;\n"
    "  esac\n"
    "  case $COMP_CWORD:${COMP_WORDS[1]}:$before in\n"
    "    1:*) values='help --help --version";

inline constexpr char completion_end[] =
    "  esac\n"
    "  case $word in -*) values=$values$dashed kind= ;; esac\n"
    "  COMPREPLY=($(compgen -P \"$done\" -W \"$values\" -- \"$word\"))\n"
    "  local IFS=$'\\n'\n"
    "  case $kind in FILE|RUN|PATH) kind=-f ;; DIR) kind=-d ;; *) return ;; esac\n"
    "  COMPREPLY+=($(compgen -P \"$done\" $kind -- \"$word\"))\n"
    "}\n"
    "if [ ${ZSH_VERSION-} ]; then\n"
    "  type compdef >/dev/null || { autoload -Uz compinit && compinit; }\n"
    "  autoload -Uz bashcompinit && bashcompinit\n"
    "fi\n"
    "complete -o filenames -F _nextest nextest\n";

inline void append_words(std::string& out, const Choices& choices) {
  for (std::size_t i = 0; choices.words[i] != nullptr; ++i) {
    if (choices.is_there(i)) out.append(" ").append(choices.words[i]);
  }
}

// The cases of a command, and the words that it takes beside options.
inline void append_completions(std::string& out, OptionCommands command, const char* name, const Choices& words) {
  std::string dashed;
  for (const Option& option : option_table) {
    if (!option.is_shown_for(command)) continue;
    append_format(dashed, " --%s", option.name);
    if (option.value == nullptr) continue;
    append_format(out, "    *:%s:--%s", name, option.name);
    if (option.letter != 0) append_format(out, "|*:%s:-%c", name, option.letter);
    out += ") values='";
    append_words(out, *option.words);
    append_format(out, "' kind=%s ;;\n", option.value);
  }
  append_format(out, "    *:%s:*) values='", name);
  append_words(out, words);
  append_format(out, "' dashed='%s --help' kind=%s ;;\n", dashed.c_str(), (command & WithoutTests) == 0 ? "PATH" : "");
}

inline Result<ExitCode> completions_command(const CommandLine& line) {
  const std::string shell = line.words.size() == 1 ? line.words[0] : "";
  if (shell != "bash" && shell != "zsh") return bad_value(shell, "nextest completions bash, nextest completions zsh");
  std::string script = shell == "zsh" ? "#compdef nextest\n" : "";
  script += completion_begin;
  for (const CliCommand& command : cli_commands) {
    if (is_there(command.left_out)) append_format(script, " %s", command.name);
  }
  script += "' ;;\n    *:help:*) values='";
  for (const std::string_view topic : help_topic_names()) script.append(" ").append(topic);
  script += "' ;;\n";
  for (const CliCommand& command : cli_commands) {
    if (!is_there(command.left_out)) continue;
    append_completions(script, command.options, command.name, *command.words);
  }
  script += completion_end;
  // In a folder of $fpath it is run at the first Tab, as the function _nextest, and completes that one, too.
  if (shell == "zsh") script += "[ \"${funcstack[1]-}\" != _nextest ] || _bash_complete -o filenames -F _nextest\n";
  return write_stdout(script);
}

}  // namespace nextest
