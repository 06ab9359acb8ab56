package scenario

import (
	"fmt"
	"strings"

	"turncoat"
)

// levelFields adds what templates can read of a world's condition: the level of
// each factor, and the seed's telling of each of the level's fields. The fields are
// templates too, which can use the cast. They are rendered before any level's
// fields are there to be used, so they are the same in every condition that has
// the level.
func (s *Scenario) levelFields(texts *bound, condition turncoat.Condition, seed uint64) error {
	levels := map[string]map[string]any{}
	for factor, level := range condition {
		values := map[string]any{"level": level}
		for field, tellings := range s.spec.Factors[factor].Levels[level].Fields {
			number := s.tellingOf(factor+"."+field, seed, len(tellings))
			text, err := texts.renderField(fieldTemplate(factor, level, field, number), tellings[number])
			if err != nil {
				return err
			}
			values[field] = text
		}
		levels[factor] = values
	}
	for factor, values := range levels {
		texts.fields[factor] = values
	}
	return nil
}

// renderField renders a telling of a level's field. Most are no templates, and
// rendering is slow.
func (b *bound) renderField(name, text string) (string, error) {
	if !isTemplate(text) {
		return text, nil
	}
	return b.render(name)
}

// fieldTemplate names the template of a telling of a level's field.
func fieldTemplate(factor, level, field string, telling int) string {
	return fmt.Sprintf("field %s of %s=%s, telling %d", field, factor, level, telling+1)
}

// tellingPlace is one telling of a field of a level.
type tellingPlace struct {
	factor, level, field string
	number               int // from 0
}

func (p tellingPlace) template() string { return fieldTemplate(p.factor, p.level, p.field, p.number) }

// first returns the canonical world's telling of the field.
func (p tellingPlace) first() tellingPlace {
	p.number = 0
	return p
}

// eachTelling does something with every telling of every field of every level.
func (r *reader) eachTelling(do func(at tellingPlace, text string)) {
	for factor, spec := range r.s.spec.Factors {
		for level, l := range spec.Levels {
			for field, tellings := range l.Fields {
				for i, text := range tellings {
					do(tellingPlace{factor, level, field, i}, text)
				}
			}
		}
	}
}

// fields parses the tellings of the fields of levels.
func (r *reader) fields() {
	r.eachTelling(func(at tellingPlace, text string) {
		if !isTemplate(text) {
			return
		}
		if err := r.s.texts.parse(at.template(), text); err != nil {
			r.fieldProblem(at.template(), "template: "+templateProblem(at.template(), err).Message)
		}
	})
}

// renderFields renders every telling, of whatever seed it is. Fields see the cast
// and no condition, so that once is enough.
func (r *reader) renderFields() {
	texts, err := r.s.texts.in(r.s.canonical.day)
	if err != nil {
		r.renderProblem("scenario.yaml", err)
		return
	}
	texts.castFields(r.s.canonical)
	rendered := map[tellingPlace]string{}
	r.eachTelling(func(at tellingPlace, text string) {
		if isTemplate(text) && !r.s.texts.has(at.template()) {
			return // it could not be parsed, which was reported
		}
		if text, err := texts.renderField(at.template(), text); err != nil {
			r.renderProblem("scenario.yaml", err)
		} else {
			rendered[at] = text
		}
	})
	for at, text := range rendered {
		first, ok := rendered[at.first()]
		if message := unlike(first, text); ok && at.number > 0 && message != "" {
			r.fieldProblem(at.template(), message)
		}
	}
}

// unlike says why a telling of a field could not stand wherever the first one
// stands, which is the one that is tried in every message and prompt.
func unlike(first, other string) string {
	switch {
	case (strings.TrimSpace(first) == "") != (strings.TrimSpace(other) == ""):
		return "this telling is empty, or the first one is: either all say something or none does"
	case strings.Contains(other, "\n") && !strings.Contains(first, "\n"):
		return "this telling has several lines and the first one has one: it would break the head of a message, where the first one may stand"
	case strings.ContainsAny(first+other, string([]rune{markOpen, markClose})):
		return "a mark in a field of several tellings: put it into the messages, around the field"
	}
	return ""
}

// fieldProblem reports a mistake in a telling, by the name of its template.
func (r *reader) fieldProblem(template, message string) {
	at := r.fieldPlaces[template]
	r.report(at.file.problem(message, at.path...))
}
