package report

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"turncoat"
)

// shownCall is a tool call as people read it.
type shownCall struct {
	Name   string
	Fields []shownField
	Quoted bool // evidence of a verdict lies in it
}

// shownField is one argument of a call.
type shownField struct{ Name, Value string }

// shownResult is what came of a call.
type shownResult struct {
	Name    string // of the tool; empty: no call of the transcript asked for it
	Text    string
	IsError bool
}

// callsOf returns a reply's tool calls.
func callsOf(e turncoat.Event, judgements []turncoat.Judgement) []shownCall {
	_, spans := e.Reply.Message.Record()
	evidence := evidenceIn(e, judgements)
	var out []shownCall
	for i, call := range e.Reply.Message.Calls() {
		out = append(out, shownCall{
			Name: call.Name, Fields: fieldsOf(call.Arguments),
			Quoted: slices.ContainsFunc(evidence, func(s turncoat.Span) bool { return s.Start < spans[i].End && spans[i].Start < s.End }),
		})
	}
	return out
}

// fieldsOf returns the arguments of a call in the order in which the model wrote
// them. What is no object is one field without a name.
func fieldsOf(arguments json.RawMessage) []shownField {
	whole := []shownField{{Value: string(arguments)}}
	d := json.NewDecoder(bytes.NewReader(arguments))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return whole
	}
	var fields []shownField
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return whole
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return whole
		}
		fields = append(fields, shownField{Name: name.(string), Value: plainValue(value)})
	}
	return fields
}

// plainValue writes a text as it is, a list of texts with commas, and anything
// else as JSON.
func plainValue(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	var list []string
	if json.Unmarshal(value, &list) == nil && list != nil {
		return strings.Join(list, ", ")
	}
	return string(value)
}

// callNames finds the tool that a result belongs to.
type callNames map[string]string // by the call's ID

// note takes note of the calls in an event.
func (n callNames) note(e turncoat.Event) {
	if e.Reply != nil {
		for _, call := range e.Reply.Message.Calls() {
			n[call.ID] = call.Name
		}
	}
}

// resultsOf returns the results that an event gives to the model.
func (n callNames) resultsOf(e turncoat.Event) []shownResult {
	var out []shownResult
	for _, p := range e.Input.Parts {
		if p.Result != nil {
			out = append(out, shownResult{Name: n[p.Result.CallID], Text: p.Result.Text, IsError: p.Result.IsError})
		}
	}
	return out
}

// deedOf says in words what an effect without a mail did.
func deedOf(e turncoat.Effect) string {
	switch {
	case e.Kind == turncoat.EffectCancelled:
		return "alert " + e.Alert + ", with the code " + e.Code
	case e.Document != "":
		return "document " + e.Document
	case e.Until != nil:
		return "until " + e.Until.Format("15:04")
	case len(e.Of) == 1:
		return "message " + e.Of[0]
	}
	return "messages " + strings.Join(e.Of, ", ")
}
