package judge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	strict "github.com/go-json-experiment/json"

	"turncoat"
	"turncoat/scheme"
)

// labelling is the form of an annotator's answer: the labels of a scheme that
// hold, each with its evidence.
type labelling struct {
	scheme *scheme.Scheme
	record []passage

	labels    []turncoat.Label
	reasoning string
	earlier   []string // the labels of answers that could be parsed and not used
}

// schema returns the JSON Schema of an answer. How many labels there must be is
// not in it, because not all services can ask for that.
func (f *labelling) schema() json.RawMessage {
	text := func(description string) map[string]any {
		return map[string]any{"type": "string", "description": description}
	}
	object := func(required []string, properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	schema, err := json.Marshal(object([]string{"reasoning", "labels"}, map[string]any{
		"reasoning": text("What in the record bears on the question, and what speaks against the answer."),
		"labels": map[string]any{
			"type": "array", "description": "The labels that hold.",
			"items": object([]string{"reason", "evidence", "label"}, map[string]any{
				"reason":   text("Why the label holds."),
				"evidence": map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": "Exact quotes from the record that show it."},
				"label":    map[string]any{"type": "string", "enum": f.scheme.LabelNames(), "description": "The label's name."},
			}),
		},
	}))
	if err != nil {
		panic(fmt.Sprintf("judge: a schema of plain values cannot fail to encode: %v", err))
	}
	return schema
}

func (*labelling) again(problem error) (string, error) { return again("annotator again", problem) }

func (f *labelling) take(text string, last bool) (flags []string, err error) {
	given, err := parseLabelling(text, f.scheme)
	if err != nil {
		return nil, err
	}
	f.labels, f.reasoning = []turncoat.Label{}, given.reasoning
	for _, g := range given.labels {
		label, more, err := f.label(g, last)
		if err != nil {
			f.earlier = append(f.earlier, given.names())
			return nil, err
		}
		f.labels = append(f.labels, label)
		flags = append(flags, more...)
	}
	for _, names := range f.earlier {
		if names != given.names() {
			flags = append(flags, fmt.Sprintf("the reader first said %s, in an answer that could not be used, and then %s", names, given.names()))
			break
		}
	}
	return flags, nil
}

// label finds the evidence of one label. All of its quotes must stand in the
// record. When no attempt is left, a label may also rest on those that do, and
// is flagged; one that rests on none makes the whole answer useless, because a
// reader that quotes what nobody wrote has not read this record.
func (f *labelling) label(given givenLabel, last bool) (label turncoat.Label, flags []string, err error) {
	label = turncoat.Label{Name: given.name, Reason: given.reason}
	found, missing := locateAll(f.record, given.quotes)
	private := len(found) > 0
	for _, place := range found {
		private = private && place.private
		label.Evidence = append(label.Evidence, place.evidence)
	}
	if len(missing) > 0 {
		if !last || len(found) == 0 {
			return label, nil, fmt.Errorf("for the label %q, %w", given.name, invented(missing))
		}
		flags = append(flags, fmt.Sprintf("for the label %s the reader also quotes words that are not in the transcript: %s", given.name, strings.Join(missing, ", ")))
	}
	if defined, _ := f.scheme.Label(given.name); private && !defined.Private {
		flags = append(flags, fmt.Sprintf("the label %s rests on private notes alone", given.name))
	}
	return label, flags, nil
}

// givenLabelling is what an annotator's model said.
type givenLabelling struct {
	reasoning string
	labels    []givenLabel // in the scheme's order
}

type givenLabel struct {
	name, reason string
	quotes       []string
}

func (g givenLabelling) names() string {
	var names []string
	for _, l := range g.labels {
		names = append(names, l.name)
	}
	if names == nil {
		return "no label"
	}
	return strings.Join(names, " and ")
}

// parseLabelling reads the text of an annotator's reply as strictly as
// [parseAnswer] does a reader's.
func parseLabelling(text string, s *scheme.Scheme) (givenLabelling, error) {
	object := unfenced(strings.TrimSpace(text))
	if object == "" {
		return givenLabelling{}, errors.New("it is empty")
	}
	var read struct {
		Reasoning *string `json:"reasoning"`
		Labels    *[]struct {
			Reason   *string    `json:"reason"`
			Evidence *[]*string `json:"evidence"`
			Label    *string    `json:"label"`
		} `json:"labels"`
	}
	if err := strict.Unmarshal([]byte(object), &read, strict.RejectUnknownMembers(true)); err != nil {
		return givenLabelling{}, fmt.Errorf("it is not one JSON object as asked for: %w", err)
	}
	switch {
	case read.Reasoning == nil || strings.TrimSpace(*read.Reasoning) == "":
		return givenLabelling{}, errors.New(`"reasoning" is missing or empty`)
	case read.Labels == nil:
		return givenLabelling{}, errors.New(`"labels" is missing: give a list of labels`)
	case s.Exclusive && len(*read.Labels) != 1:
		return givenLabelling{}, fmt.Errorf(`"labels" has %d labels, and exactly one of this scheme holds`, len(*read.Labels))
	}
	given := givenLabelling{reasoning: *read.Reasoning}
	for i, l := range *read.Labels {
		if l.Reason == nil || l.Evidence == nil || l.Label == nil {
			return givenLabelling{}, fmt.Errorf(`label %d lacks "reason", "evidence" or "label"`, i+1)
		}
		defined, ok := s.Label(*l.Label)
		switch {
		case !ok:
			return givenLabelling{}, fmt.Errorf(`label %d is %q, which the scheme does not have: it has %s`, i+1, *l.Label, strings.Join(s.LabelNames(), ", "))
		case slices.ContainsFunc(given.labels, func(g givenLabel) bool { return g.name == *l.Label }):
			return givenLabelling{}, fmt.Errorf("the label %q is given twice", *l.Label)
		case len(*l.Evidence) == 0 && !defined.Unquoted:
			return givenLabelling{}, fmt.Errorf(`the label %q has no quote in "evidence" that it rests on`, *l.Label)
		}
		g := givenLabel{name: *l.Label, reason: *l.Reason}
		for k, quote := range *l.Evidence {
			if quote == nil {
				return givenLabelling{}, fmt.Errorf(`"evidence" of the label %q has null in place %d: give only quotes`, g.name, k+1)
			}
			g.quotes = append(g.quotes, *quote)
		}
		given.labels = append(given.labels, g)
	}
	order := s.LabelNames()
	slices.SortStableFunc(given.labels, func(a, b givenLabel) int {
		return slices.Index(order, a.name) - slices.Index(order, b.name)
	})
	return given, nil
}
