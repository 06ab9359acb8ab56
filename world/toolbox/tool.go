package toolbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"turncoat"
)

// tool is a tool with what it does.
type tool struct {
	turncoat.Tool
	acts bool                         // it reaches beyond the agent's own mailbox
	in   func(w *turncoat.World) bool // where there is it; nil: everywhere
	run  func(c *call, arguments json.RawMessage) (string, error)
}

// define makes a tool of a function. The fields of A are its arguments: their
// json tags name them, and their jsonschema tags describe them. It panics if A
// has no schema, which is a mistake in this package.
func define[A any](name, description string, run func(*call, A) (string, error)) tool {
	schema, err := jsonschema.For[A](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[reference]():  {Type: "string"},
		reflect.TypeFor[references](): {Type: "array", Items: &jsonschema.Schema{Type: "string"}},
	}})
	if err != nil {
		panic(fmt.Sprintf("toolbox: arguments of %s: %v", name, err))
	}
	text, err := json.Marshal(schema)
	if err != nil {
		panic(fmt.Sprintf("toolbox: schema of %s: %v", name, err))
	}
	if schema.Properties == nil { // some services refuse an object without this key, which the library leaves out
		text = json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`)
	}
	return tool{
		Tool: turncoat.Tool{Name: name, Description: description, Schema: text},
		run: func(c *call, arguments json.RawMessage) (string, error) {
			var given A
			if err := decode(schema, name, arguments, &given); err != nil {
				return "", err
			}
			return run(c, given)
		},
	}
}

// outward marks a tool as one that reaches beyond the agent's own mailbox.
func outward(t tool) tool {
	t.acts = true
	return t
}

// where says in which worlds there is a tool.
func where(in func(*turncoat.World) bool, t tool) tool {
	t.in = in
	return t
}

// decode reads arguments. It is strict in what there must be and may be, so that
// nothing that an agent wrote is passed over, and its errors say what to write.
func decode(schema *jsonschema.Schema, name string, arguments json.RawMessage, into any) error {
	given := map[string]json.RawMessage{}
	if text := strings.TrimSpace(string(arguments)); text != "" && text != "null" {
		if err := json.Unmarshal(arguments, &given); err != nil {
			return errors.New("the arguments are no JSON object; " + takes(schema, name))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if schema.Properties[key] == nil {
			return fmt.Errorf("there is no argument %q; %s", key, takes(schema, name))
		}
	}
	for _, key := range schema.Required {
		if _, ok := given[key]; !ok {
			return fmt.Errorf("the argument %q is missing; %s", key, takes(schema, name))
		}
	}
	if len(given) == 0 {
		return nil
	}
	if err := json.Unmarshal(arguments, into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return fmt.Errorf("the argument %q must be %s", wrong.Field, kindOf(schema.Properties[wrong.Field]))
		}
		return err
	}
	return nil
}

// takes says what arguments a tool has.
func takes(schema *jsonschema.Schema, name string) string {
	if len(schema.Properties) == 0 {
		return name + " takes none"
	}
	names := slices.Clone(schema.PropertyOrder)
	for i, n := range names {
		if !slices.Contains(schema.Required, n) {
			names[i] = n + " (optional)"
		}
	}
	return name + " takes " + strings.Join(names, ", ")
}

// kindOf says in words of what type an argument is.
func kindOf(s *jsonschema.Schema) string {
	if s != nil {
		switch s.Type {
		case "integer":
			return "a whole number"
		case "boolean":
			return "true or false"
		case "array":
			return "a list of texts"
		}
	}
	return "a text"
}

// reference is the number of a message, the name of a document or the like. A
// number may also be given as one.
type reference string

// UnmarshalJSON reads a text or a number.
func (r *reference) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		var n int
		if err := json.Unmarshal(text, &n); err != nil {
			return errors.New("a message, document or draft is named by a text, such as \"3\"")
		}
		s = strconv.Itoa(n)
	}
	*r = reference(strings.TrimLeft(strings.TrimSpace(s), "#"))
	return nil
}

// references are several of them, or the addresses and names of people. A single
// one need not be a list; several in one text are told apart by commas.
type references []string

// UnmarshalJSON reads a list, or a text.
func (r *references) UnmarshalJSON(text []byte) error {
	var list []reference
	if err := json.Unmarshal(text, &list); err == nil {
		for _, one := range list {
			*r = append(*r, string(one))
		}
		return nil
	}
	var one reference
	if err := json.Unmarshal(text, &one); err != nil {
		return errors.New("where several can be named, write a list of texts, such as [\"3\", \"4\"]")
	}
	for part := range strings.FieldsFuncSeq(string(one), func(r rune) bool { return r == ',' || r == ';' }) {
		if part = strings.TrimSpace(part); part != "" {
			*r = append(*r, part)
		}
	}
	return nil
}
