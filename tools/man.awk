# Writes docs/nextest.1 from what the program itself says: `nextest help`, and `nextest help` of each command and topic.
#   awk -f tools/man.awk -v program=./nextest
# The program's texts are the source, so the page and `nextest help` say the same.

# Text that roff takes for nothing but text. Character by character: what gsub makes of backslashes differs from awk to awk.
function plain(text,    i, c, out) {
  out = substr(text, 1, 1) == "." ? "\\&" : ""
  for (i = 1; i <= length(text); ++i) {
    c = substr(text, i, 1)
    out = out (c in roff ? roff[c] : c)
  }
  return out
}
function bold(text) { return "\\fB" plain(text) "\\fR" }
function italic(text) { return "\\fI" plain(text) "\\fR" }

# Reads what `nextest help TOPIC` prints into lines[1] to lines[count].
function read_help(topic,    command, line) {
  command = "COLUMNS=70 " program " help " topic
  count = 0
  while ((command | getline line) > 0) lines[++count] = line
  if (close(command) != 0 || count == 0) {
    print "man.awk: '" command "' fails" > "/dev/stderr"
    failed = 1
    exit 1
  }
}

# Lines from `at` to before the next blank one as one text, behind which `at` is then.
function paragraph(    text) {
  text = ""
  for (; at <= count && lines[at] != ""; ++at) text = text (text == "" ? "" : " ") stripped(lines[at])
  ++at
  return text
}
# The same, printed line by line: roff fills them.
function print_paragraph() {
  for (; at <= count && lines[at] != ""; ++at) print_filled(stripped(lines[at]))
  ++at
}
# Lines of a page are at most 80 bytes, by convention; escapes make longer ones of some.
function print_filled(text,    end) {
  while (length(plain(text)) > 80) {
    for (end = 70; end > 1 && substr(text, end, 1) != " "; --end) continue
    if (end == 1) break
    print plain(substr(text, 1, end - 1))
    text = substr(text, end + 1)
  }
  print plain(text)
}
function stripped(text) {
  sub(/^ +/, "", text)
  return text
}

# "-P, --profile NAME": what is typed is bold, what it stands for is not.
function option_title(text,    words, number, i, out) {
  number = split(text, words, " ")
  for (i = 1; i <= number && words[i] ~ /^-/; ++i) {
    out = out (i > 1 ? " " : "") (words[i] ~ /,$/ ? bold(substr(words[i], 1, length(words[i]) - 1)) "," : bold(words[i]))
  }
  text = ""
  for (; i <= number; ++i) text = text (text == "" ? "" : " ") words[i]
  return out (text == "" ? "" : " " italic(text))
}

function print_overview(    i, line, usage) {
  read_help("")
  line = lines[1]
  version = line
  sub(/:.*/, "", version)
  sub(/^[^:]*: /, "", line)
  print ".\\\" Made from the program's own help by tools/man.awk; change that, not this file."
  print ".TH NEXTEST 1 \"\" \"" version "\" \"User Commands\"\n.nh\n.ad l"
  print ".SH NAME\nnextest \\- " plain(line)
  print ".SH SYNOPSIS\n.nf"
  for (at = 1; lines[at] != "Usage:"; ++at) continue
  for (++at; lines[at] != ""; ++at) {
    usage = stripped(lines[at])
    sub(/   +.*/, "", usage)  # what it does is said below
    line = "nextest " (usage ~ /^nextest [a-z]/ ? word_of(usage, 2) : "")
    sub(/ $/, "", line)
    print bold(line) plain(substr(usage, length(line) + 1))
  }
  print ".fi\n.SH DESCRIPTION"
  ++at
  print_paragraph()
  line = paragraph()
  sub(/^Topics: /, "", line)
  topic_count = split(line, topics, ", ")
}
function word_of(text, i,    words) {
  split(text, words, " ")
  return words[i]
}

function print_command(name) {
  print ".SH NEXTEST " toupper(plain(name))
  at = 1
  print_paragraph()
  sub(/^Usage: /, "", lines[at])
  print ".PP\n" bold("nextest " name) plain(substr(paragraph(), length("nextest " name) + 1))
  while (at <= count) {
    if (lines[at] ~ /^[A-Z].*:$/) {
      print ".SS " plain(substr(lines[at], 1, length(lines[at]) - 1))
      ++at
    } else if (lines[at] ~ /^  -/) {
      print ".TP\n" option_title(stripped(lines[at++]))
      for (; lines[at] ~ /^      /; ++at) print_filled(stripped(lines[at]))
    } else if (lines[at] == "") {
      ++at
    } else {
      if (lines[at - 1] == "") print ".PP"
      print_paragraph()
    }
  }
}

# A topic of two columns is a list, any other is shown as it stands.
function print_topic(name,    title, i) {
  title = name == "env" ? "environment of a test" : name == "exit-codes" ? "exit status" : name
  print ".SH " toupper(plain(title))
  if (name == "env" || name == "exit-codes") {
    for (i = 1; i <= count; ++i) {
      item = stripped(lines[i])
      if (lines[i] ~ /^     /) {
        print plain(item)
        continue
      }
      title = word_of(item, 1)
      print ".TP\n" bold(title)
      print plain(stripped(substr(item, length(title) + 1)))
    }
    return
  }
  print ".in 2n\n.nf"  # lines of up to 80 columns
  for (i = 1; i <= count; ++i) print plain(lines[i])
  print ".fi\n.in"
}

BEGIN {
  roff["\\"] = "\\e"
  roff["-"] = "\\-"
  roff["'"] = "\\(aq"
  roff["`"] = "\\(ga"
  roff["^"] = "\\(ha"
  roff["~"] = "\\(ti"
  print_overview()
  for (i = 1; i <= topic_count; ++i) {
    read_help(topics[i])
    is_command = 0
    for (at = 1; at <= count; ++at) {
      if (lines[at] ~ /^Usage: nextest /) is_command = 1
    }
    if (is_command) print_command(topics[i])
    else print_topic(topics[i])
  }
  exit 0
}

END { if (failed) exit 1 }
