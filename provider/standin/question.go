package standin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// question is what a server must know of a request's body to answer it, or to
// refuse it as the real service would. The rest is passed over, but must be
// JSON.
type question struct {
	model     string
	stream    bool
	maxTokens *float64      // max_tokens
	messages  jsontext.Kind // the conversation's value: '[', '"', …; 0 if there is none
	turns     []turn        // if it is an array
	tools     []string      // names

	conversation string // the field that holds it
}

// turn is one message of a question.
type turn struct {
	role    string
	kind    string        // the type of an item of the Responses API
	content jsontext.Kind // '"', '[', …; 0 if there is none
	empty   bool          // content is "" or [], or shorter still
	calls   []string      // IDs of the tool calls in it
	results []string      // IDs of the calls that it answers
}

// isReply reports whether a turn is a model's, or a piece of one.
func (t turn) isReply() bool {
	return t.role == "assistant" || t.kind == "function_call" || t.kind == "reasoning"
}

// replies returns how many replies of a model the conversation holds. One reply
// may be several turns in a row.
func (q question) replies() int {
	n := 0
	for i, t := range q.turns {
		if t.isReply() && (i == 0 || !q.turns[i-1].isReply()) {
			n++
		}
	}
	return n
}

// unanswered returns the first tool call that is not answered where it must be, or
// the first answer that no call asked for, and the turn in which that shows. All
// calls are answered before anything else is said, but for the turns that between
// says may stand there.
func unanswered(turns []turn, between func(turn) bool) (at int, id string) {
	var open []string
	for i, t := range turns {
		for _, result := range t.results {
			k := slices.Index(open, result)
			if k < 0 {
				return i, result
			}
			open = slices.Delete(open, k, k+1)
		}
		if len(open) > 0 && !between(t) {
			return i, open[0]
		}
		open = append(open, t.calls...)
	}
	if len(open) > 0 {
		return len(turns) - 1, open[0]
	}
	return 0, ""
}

// readQuestion reads the body of a request, of whatever protocol: they all name
// these fields alike, but for the one that holds the conversation. The body must
// be one JSON object. It is decoded where it lies, without a copy.
func readQuestion(body *bytes.Buffer, conversation string) (question, error) {
	d := jsontext.NewDecoder(body, jsontext.AllowDuplicateNames(true)) // finding duplicates takes time, and services accept them
	q := question{conversation: conversation}
	if err := readObject(d, q.readMember); err != nil {
		return question{}, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return question{}, errors.New("there is more after the JSON object")
	}
	return q, nil
}

// readObject reads an object. It calls member for each name, to read the value.
func readObject(d *jsontext.Decoder, member func(d *jsontext.Decoder, name string) error) error {
	if kind := d.PeekKind(); kind != '{' {
		return errorAt(d, "an object is expected")
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := member(d, name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

func (q *question) readMember(d *jsontext.Decoder, name string) error {
	switch kind := d.PeekKind(); {
	case name == "model" && kind == '"':
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		q.model = token.String()
		return nil
	case name == "stream" && (kind == 't' || kind == 'f'):
		q.stream = kind == 't'
	case name == "max_tokens" && kind == '0':
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		n, err := strconv.ParseFloat(token.String(), 64)
		if err != nil {
			return errorAt(d, "max_tokens is not a number")
		}
		q.maxTokens = &n
		return nil
	case name == "tools" && kind == '[':
		return readObjects(d, func() error { return readObject(d, q.readTool) })
	case name == q.conversation:
		q.messages = kind
		if kind == '[' {
			return readObjects(d, func() error {
				var t turn
				if err := readObject(d, t.readMember); err != nil {
					return err
				}
				q.turns = append(q.turns, t.item())
				return nil
			})
		}
	}
	return d.SkipValue()
}

// readTool reads the name of a tool, which Chat Completions has one level deeper.
func (q *question) readTool(d *jsontext.Decoder, name string) error {
	switch kind := d.PeekKind(); {
	case name == "name" && kind == '"':
		tool, err := readText(d)
		q.tools = append(q.tools, tool)
		return err
	case name == "function" && kind == '{':
		return readObject(d, q.readTool)
	}
	return d.SkipValue()
}

// readObjects reads an array of objects. It calls each to read one.
func readObjects(d *jsontext.Decoder, each func() error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '{' {
		if err := each(); err != nil {
			return err
		}
	}
	if kind := d.PeekKind(); kind != ']' && kind != 0 {
		return errorAt(d, "an object is expected")
	}
	_, err := d.ReadToken()
	return err
}

func readText(d *jsontext.Decoder) (string, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", err
	}
	return token.String(), nil
}

func (t *turn) readMember(d *jsontext.Decoder, name string) error {
	kind := d.PeekKind()
	var err error
	switch {
	case name == "role" && kind == '"':
		t.role, err = readText(d)
		return err
	case name == "type" && kind == '"':
		t.kind, err = readText(d)
		return err
	case name == "tool_call_id" && kind == '"', name == "call_id" && kind == '"':
		var id string
		id, err = readText(d)
		t.results = append(t.results, id)
		return err
	case name == "tool_calls" && kind == '[':
		return readObjects(d, func() error { return readObject(d, t.readChatCall) })
	case name == "content" && kind == '[':
		t.content = kind
		return t.readBlocks(d)
	case name == "content":
		value, err := d.ReadValue()
		t.content, t.empty = kind, len(value) <= len(`""`)
		return err
	}
	return d.SkipValue()
}

// item returns the turn as what it is in the Responses API, where a call and its
// answer name the call alike.
func (t turn) item() turn {
	if t.kind == "function_call" {
		t.calls, t.results = t.results, nil
	}
	return t
}

func (t *turn) readChatCall(d *jsontext.Decoder, name string) error {
	if name == "id" && d.PeekKind() == '"' {
		id, err := readText(d)
		t.calls = append(t.calls, id)
		return err
	}
	return d.SkipValue()
}

// readBlocks reads a content that is a list: of blocks, among which may be calls
// and answers in the way of the Messages API.
func (t *turn) readBlocks(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	t.empty = true
	for d.PeekKind() != ']' && d.PeekKind() != 0 {
		t.empty = false
		if d.PeekKind() != '{' {
			if err := d.SkipValue(); err != nil {
				return err
			}
			continue
		}
		var b block
		if err := readObject(d, b.readMember); err != nil {
			return err
		}
		switch b.kind {
		case "tool_use":
			t.calls = append(t.calls, b.id)
		case "tool_result":
			t.results = append(t.results, b.answers)
		}
	}
	_, err := d.ReadToken()
	return err
}

// block is a block of a message's content.
type block struct {
	kind, id, answers string
}

func (b *block) readMember(d *jsontext.Decoder, name string) error {
	var into *string
	switch name {
	case "type":
		into = &b.kind
	case "id":
		into = &b.id
	case "tool_use_id":
		into = &b.answers
	}
	if into == nil || d.PeekKind() != '"' {
		return d.SkipValue()
	}
	var err error
	*into, err = readText(d)
	return err
}

func errorAt(d *jsontext.Decoder, problem string) error {
	return fmt.Errorf("at %q, byte %d: %s", d.StackPointer(), d.InputOffset(), problem)
}
