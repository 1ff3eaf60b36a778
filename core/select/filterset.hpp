// Which tests an expression stands for: what depends on the binary is found out once for all its tests, and what is
// left of it then is asked about each test.
#pragma once

#include "core/base/switches.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"
#include "core/select/filterset_faults.hpp"
#include "core/select/filterset_parser.hpp"
#include "core/select/filterset_program.hpp"

namespace nextest {

// One that was not parsed stands for all tests; in a build without filtersets there are no others.
class Filterset {
 public:
  // Every fault is in the error, with a mark under it.
  static Result<Filterset> parse(std::string_view text, FiltersetPlace place) {
    if (!built_in(Feature::Filtersets)) return left_out(Feature::Filtersets);
    Filterset filterset;
    filterset.text_ = text;
    FiltersetFaults faults;
    FiltersetParser(filterset.text_, place, filterset.leaves_, filterset.nodes_, faults).run();
    if (!faults.empty()) return faults.error(text);
    return filterset;
  }

  // A package(), deps(), rdeps(), binary() or binary_id() that no binary fits, a group() that no group fits: most
  // likely not what was meant.
  Status check(const Vector<TestBinary>& binaries, const Vector<std::string>& groups) const {
    if (!built_in(Feature::Filtersets)) return success();
    FiltersetFaults faults;
    for (const FiltersetLeaf& leaf : leaves_) {
      Vector<std::string_view> names;
      std::string_view of_binary;
      const char* what = nullptr;
      if (leaf.predicate == Predicate::Group) {
        names = Vector<std::string_view>(groups.begin(), groups.end());
        names.push_back(no_group);
        what = "no test group matches this";
      } else if (find_name(TestBinary(), leaf.predicate, of_binary) && leaf.predicate != Predicate::Kind) {
        for (const TestBinary& binary : binaries) {
          if (find_name(binary, leaf.predicate, of_binary)) names.push_back(of_binary);
        }
        what = leaf.predicate == Predicate::Binary     ? "no name of a binary matches this"
               : leaf.predicate == Predicate::BinaryId ? "no binary id matches this"
                                                       : "no package matches this";
      } else {
        continue;
      }
      bool any = false;
      for (const std::string_view name : names) any = any || leaf.matcher.matches(name);
      if (any) continue;
      // Looking for what was meant takes the product of both sizes.
      const bool is_long = leaf.matcher.text.size() > 100 || faults.full();
      faults.add(leaf.at, leaf.size, what, is_long ? std::string_view() : nearest(leaf.matcher.text, names));
    }
    if (!faults.empty()) return faults.error(text_);
    return success();
  }

  struct Context {
    const Filterset* default_filter = nullptr;  // what default() means; nullptr: all
    // The group of a test; nullptr: no test is in one.
    std::string_view (*group_of)(const void* data, TestIndex test) = nullptr;
    const void* data = nullptr;
  };

  bool matches(const TestList& list, TestIndex test, const Context& context) const {
    return simplified(list.binary_of(test), context).holds(list, test, context);
  }

  // For all tests at once, each binary looked at once.
  Vector<bool> matches_all(const TestList& list, const Context& context) const {
    Vector<bool> matching(list.tests.size(), !built_in(Feature::Filtersets));
    if (!built_in(Feature::Filtersets)) return matching;
    Rest rest;
    const TestBinary* binary = nullptr;
    for (TestIndex i = 0; i < list.tests.size(); ++i) {
      if (&list.binary_of(i) != binary) {
        binary = &list.binary_of(i);
        rest = simplified(*binary, context);
      }
      matching[i] = rest.holds(list, i, context);
    }
    return matching;
  }

  // No: no test of the binary can match, whatever its tests are called. Then it need not even be listed.
  enum class Answer : std::uint8_t { No, Maybe, Yes };
  Answer matches_binary(const TestBinary& binary, const Context& context) const {
    return simplified(binary, context).answer;
  }

  const std::string& text() const { return text_; }

 private:
  // What is left of an expression for the tests of one binary, as a program on one truth value. A step sets it, turns
  // it round, or jumps over the next steps when it is what they can't change.
  struct Step {
    const FiltersetLeaf* leaf;  // nullptr: the others
    enum Kind : std::uint8_t { Not, SkipIfFalse, SkipIfTrue } kind;
    std::uint32_t skip;
  };
  struct Rest {
    Answer answer = Answer::Yes;
    Vector<Step> steps;  // for Maybe

    bool holds(const TestList& list, TestIndex index, const Context& context) const {
      if (!built_in(Feature::Filtersets) || answer != Answer::Maybe) return answer == Answer::Yes;
      bool value = false;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        if (step.leaf != nullptr) value = leaf_holds(*step.leaf, list.tests[index], index, context);
        else if (step.kind == Step::Not) value = !value;
        else if (value == (step.kind == Step::SkipIfTrue)) i += step.skip;
      }
      return value;
    }
  };

  static bool leaf_holds(const FiltersetLeaf& leaf, const TestCase& test, TestIndex index, const Context& context) {
    if (leaf.predicate == Predicate::Group) {
      return leaf.matcher.matches(context.group_of != nullptr ? context.group_of(context.data, index) : no_group);
    }
    if (leaf.matcher.matches(test.name)) return true;
    return test.own_name_size != test.name.size() && leaf.matcher.matches(test.own_name());
  }

  // What a predicate looks at in a binary. False when that is not a name.
  static bool find_name(const TestBinary& binary, Predicate predicate, std::string_view& name) {
    switch (predicate) {
      case Predicate::Package:
      case Predicate::Deps:
      case Predicate::Rdeps: name = binary.package.str(); break;  // no graph of dependencies is known here
      case Predicate::BinaryId: name = binary.id; break;
      case Predicate::Kind: name = binary.kind.str(); break;
      case Predicate::Binary: name = binary.name; break;
      default: return false;
    }
    return true;
  }

  // An operand that has been dealt with: its answer, and for Maybe its steps from `start` on.
  struct Operand {
    Answer answer;
    std::size_t start;
  };
  static Answer opposite(Answer answer) {
    return answer == Answer::Maybe ? answer : answer == Answer::Yes ? Answer::No : Answer::Yes;
  }

  Rest simplified(const TestBinary& binary, const Context& context) const {
    Rest rest;
    if (!built_in(Feature::Filtersets)) return rest;
    rest.answer = simplify(binary, context.default_filter, rest.steps);
    return rest;
  }

  Answer simplify(const TestBinary& binary, const Filterset* default_filter, Vector<Step>& steps) const {
    Vector<Operand> operands;
    for (const FiltersetNode& node : nodes_) {
      if (node.kind == FiltersetNode::Leaf) {
        const std::size_t start = steps.size();
        operands.push_back({leaf_answer(leaves_[node.leaf], binary, default_filter, steps), start});
        continue;
      }
      Operand& last = operands.back();
      if (node.kind == FiltersetNode::Not || node.kind == FiltersetNode::Minus) {
        last.answer = opposite(last.answer);
        if (last.answer == Answer::Maybe) steps.push_back({nullptr, Step::Not, 0});
      }
      if (node.kind == FiltersetNode::Not) continue;
      const Operand second = last;
      operands.pop_back();
      Operand& first = operands.back();
      const bool is_or = node.kind == FiltersetNode::Or;
      const Answer decisive = is_or ? Answer::Yes : Answer::No;
      if (first.answer == decisive || second.answer == decisive) {
        first.answer = decisive;
        steps.truncate(first.start);
      } else if (first.answer == Answer::Maybe && second.answer == Answer::Maybe) {
        const std::uint32_t skip = static_cast<std::uint32_t>(steps.size() - second.start);
        steps.insert(steps.begin() + second.start, {nullptr, is_or ? Step::SkipIfTrue : Step::SkipIfFalse, skip});
      } else if (second.answer == Answer::Maybe) {
        first.answer = Answer::Maybe;
      }
    }
    return operands.empty() ? Answer::Yes : operands.back().answer;
  }

  static Answer leaf_answer(const FiltersetLeaf& leaf, const TestBinary& binary, const Filterset* default_filter,
                            Vector<Step>& steps) {
    const auto answer = [](bool holds) { return holds ? Answer::Yes : Answer::No; };
    std::string_view name;
    if (find_name(binary, leaf.predicate, name)) return answer(leaf.matcher.matches(name));
    switch (leaf.predicate) {
      case Predicate::None: return Answer::No;
      case Predicate::Platform: return answer(leaf.is_host == (binary.build_platform == BuildPlatform::Host));
      case Predicate::Default:
        if (default_filter != nullptr) return default_filter->simplify(binary, nullptr, steps);
        return Answer::Yes;
      case Predicate::Test:
      case Predicate::Group: steps.push_back({&leaf, Step::Not, 0}); return Answer::Maybe;
      default: return Answer::Yes;
    }
  }

  std::string text_;
  Vector<FiltersetLeaf> leaves_;
  Vector<FiltersetNode> nodes_;
};

}  // namespace nextest
