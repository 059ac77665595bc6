// Patterns: whether a message matches.
#include "actor/pattern.h"

#include <algorithm>

namespace troupe {

Pattern::Pattern(std::string type, std::vector<Field> fields)
    : kind_(Kind::kRecord), type_(std::move(type)) {
  for (Field& field : fields) {
    field_names_.push_back(std::move(field.name));
    parts_.push_back(std::move(field.pattern));
  }
}

Pattern Pattern::captured_as(std::string name) && {
  if (!capture_) {
    capture_ = std::move(name);
    return std::move(*this);
  }
  Pattern outer(Kind::kOneOf, std::vector<Pattern>{std::move(*this)});
  outer.capture_ = std::move(name);
  return outer;
}

bool Pattern::matches(const Term& message, Captures& captures) const {
  Captures found = captures;
  if (!look(message, found)) return false;
  captures = std::move(found);
  return true;
}

bool Pattern::look(const Term& message, Captures& captures) const {
  if (!look_inside(message, captures)) return false;
  if (capture_) captures.insert_or_assign(*capture_, message);
  return true;
}

bool Pattern::look_inside(const Term& message, Captures& captures) const {
  const Term::List* elements = message.elements();
  switch (kind_) {
    case Kind::kAny:
      return true;
    case Kind::kEqual:
      return message == literal_;
    case Kind::kTest:
      return test_(message);
    case Kind::kRecord:
      if (message.as_record() == nullptr || (!type_.empty() && !message.is_a(type_))) return false;
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        const Term* field = message.field(field_names_[i]);
        if (field == nullptr || !parts_[i].look(*field, captures)) return false;
      }
      return true;
    case Kind::kListOf:
      return elements != nullptr &&
             std::all_of(elements->begin(), elements->end(),
                         [&](const Term& element) { return parts_[0].look(element, captures); });
    case Kind::kTuple:
      if (elements == nullptr || elements->size() != parts_.size()) return false;
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (!parts_[i].look((*elements)[i], captures)) return false;
      }
      return true;
    case Kind::kOneOf:
      return std::any_of(parts_.begin(), parts_.end(),
                         [&](const Pattern& choice) { return choice.matches(message, captures); });
  }
  return false;
}

}  // namespace troupe
