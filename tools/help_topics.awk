# Writes cli/help_topics.hpp from the pages: what `nextest help TOPIC` prints is the block that follows a line
# "<!-- help: TOPIC -->", so a page and the program say the same. Of a feature that a build may leave out the line is
# "<!-- help: TOPIC needs FEATURE -->".
#   awk -f tools/help_topics.awk docs/*.md > cli/help_topics.hpp

# As in a string of C++. Character by character: what gsub makes of backslashes differs from awk to awk.
function escaped(text,    i, c, out) {
  out = ""
  for (i = 1; i <= length(text); ++i) {
    c = substr(text, i, 1)
    out = out (c == "\\" || c == "\"" ? "\\" c : c)
  }
  return out
}

BEGIN {
  print "// What `nextest help TOPIC` prints. Made from docs/*.md by tools/help_topics.awk; change the pages, not this file."
  print "#pragma once"
  print ""
  print "#include \"core/base/switches.hpp\""
  print ""
  print "namespace nextest {"
  print ""
  print "struct HelpTopic {"
  print "  const char* name;"
  print "  const char* text;"
  print "  const FeatureRow* left_out = nullptr;  // in a build without it"
  print "};"
  print ""
  print "constexpr HelpTopic needs(Feature feature, HelpTopic topic) {"
  print "  if (built_in(feature)) return topic;"
  print "  return {topic.name, \"\", &row_of(feature)};"
  print "}"
  print ""
  print "inline constexpr HelpTopic help_topics[] = {"
}

/^<!-- help: .* -->$/ { topic = $3; feature = $4 == "needs" ? $5 : ""; next }
topic != "" && /^```/ {
  if (inside) print "    })" (feature == "" ? "" : ")") ","
  else printf "    %sneeds(Feature::Manual, HelpTopic{\"%s\",\n", (feature == "" ? "" : "needs(Feature::" feature ", "), topic
  if (inside) topic = ""
  inside = !inside
  next
}
inside {
  print "     \"" escaped($0) "\\n\""
}

END {
  print "};"
  print ""
  print "}  // namespace nextest"
}
