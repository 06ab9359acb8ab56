package standin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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

	conversation string // the field that holds it
}

// turn is one message of a question.
type turn struct {
	role    string
	content jsontext.Kind // '"', '[', …; 0 if there is none
	empty   bool          // content is "" or [], or shorter still
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
	case name == q.conversation:
		q.messages = kind
		if kind == '[' {
			return q.readTurns(d)
		}
	}
	return d.SkipValue()
}

func (q *question) readTurns(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() == '{' {
		var t turn
		if err := readObject(d, t.readMember); err != nil {
			return err
		}
		q.turns = append(q.turns, t)
	}
	if kind := d.PeekKind(); kind != ']' && kind != 0 {
		return errorAt(d, "an object is expected")
	}
	_, err := d.ReadToken()
	return err
}

func (t *turn) readMember(d *jsontext.Decoder, name string) error {
	kind := d.PeekKind()
	switch {
	case name == "role" && kind == '"':
		token, err := d.ReadToken()
		if err != nil {
			return err
		}
		t.role = token.String()
		return nil
	case name == "content":
		value, err := d.ReadValue()
		t.content, t.empty = kind, len(value) <= len(`""`)
		return err
	}
	return d.SkipValue()
}

func errorAt(d *jsontext.Decoder, problem string) error {
	return fmt.Errorf("at %q, byte %d: %s", d.StackPointer(), d.InputOffset(), problem)
}
