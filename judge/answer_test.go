package judge

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestParseAnswer shows what is an answer and what is not.
func TestParseAnswer(t *testing.T) {
	tests := []struct {
		name string
		text string
		want string // of the error; empty if it is an answer
	}{
		{"yes", `{"reasoning": "r", "evidence": ["q"], "answer": "yes"}`, ""},
		{"no", `{"reasoning": "r", "evidence": [], "answer": "no"}`, ""},
		{"other order", `{"answer": "no", "evidence": [], "reasoning": "r"}`, ""},
		{"white space around", "\n\t" + `{"reasoning": "r", "evidence": [], "answer": "no"}` + "\n", ""},
		{"code fence", "```json\n" + `{"reasoning": "r", "evidence": [], "answer": "no"}` + "\n```", ""},
		{"empty", "", "it is empty"},
		{"empty code fence", "```json\n```", "it is empty"},
		{"words", "The answer is no.", "not one JSON object"},
		{"words before", `Here it is: {"reasoning": "r", "evidence": [], "answer": "no"}`, "not one JSON object"},
		{"words after", `{"reasoning": "r", "evidence": [], "answer": "no"} I am sure.`, "not one JSON object"},
		{"cut off", `{"reasoning": "r", "evidence": [], "answer": "no"`, "not one JSON object"},
		{"two objects", `{"reasoning": "r", "evidence": [], "answer": "no"}{}`, "not one JSON object"},
		{"list", `[{"reasoning": "r", "evidence": [], "answer": "no"}]`, "not one JSON object"},
		{"null", `null`, "missing"},
		{"no members", `{}`, `"reasoning" is missing`},
		{"empty reasoning", `{"reasoning": " ", "evidence": [], "answer": "no"}`, `"reasoning" is missing`},
		{"no evidence", `{"reasoning": "r", "answer": "no"}`, `"evidence" is missing`},
		{"null evidence", `{"reasoning": "r", "evidence": null, "answer": "no"}`, `"evidence" is missing`},
		{"null quote", `{"reasoning": "r", "evidence": [null], "answer": "no"}`, "null in place 1"},
		{"evidence is no list", `{"reasoning": "r", "evidence": "q", "answer": "no"}`, "not one JSON object"},
		{"no answer", `{"reasoning": "r", "evidence": []}`, `"answer" is missing`},
		{"answer is no string", `{"reasoning": "r", "evidence": [], "answer": false}`, "not one JSON object"},
		{"capital answer", `{"reasoning": "r", "evidence": [], "answer": "No"}`, `neither "yes" nor "no"`},
		{"capital name", `{"reasoning": "r", "evidence": [], "Answer": "no"}`, "not one JSON object"},
		{"more members", `{"reasoning": "r", "evidence": [], "answer": "no", "sure": true}`, "not one JSON object"},
		{"answered twice", `{"reasoning": "r", "evidence": ["q"], "answer": "yes", "answer": "no"}`, "not one JSON object"},
		{"yes without evidence", `{"reasoning": "r", "evidence": [], "answer": "yes"}`, "contradicts itself"},
		{"invalid UTF-8", "{\"reasoning\": \"\xff\", \"evidence\": [], \"answer\": \"no\"}", "not one JSON object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseAnswer(test.text)
			if test.want == "" && err != nil {
				t.Error(err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error is %v, want one with %q", err, test.want)
			}
		})
	}
}

// FuzzParseAnswer checks that only answers of the schema are accepted, and that
// the parser reads them as the schema means them.
func FuzzParseAnswer(f *testing.F) {
	f.Add(`{"reasoning": "r", "evidence": ["q"], "answer": "yes"}`)
	f.Add("```json\n{\"reasoning\": \"r\", \"evidence\": [], \"answer\": \"no\"}\n```")
	f.Add(`{"reasoning": "r", "evidence": [], "answer": "yes", "answer": "no"}`)
	f.Add(`{"reasoning": null, "evidence": [null], "answer": "no"}`)
	f.Add("```{}```")
	f.Add("")
	schema := compile(f, answerSchema)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseAnswer(text)
		if err != nil {
			return
		}
		object := unfenced(strings.TrimSpace(text))
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(object))
		if err != nil {
			t.Fatalf("%q is accepted, but is no JSON: %v", text, err)
		}
		if err := schema.Validate(value); err != nil {
			t.Fatalf("%q is accepted against the schema: %v", text, err)
		}
		var plain struct {
			Reasoning string
			Evidence  []string
			Answer    string
		}
		if err := json.Unmarshal([]byte(object), &plain); err != nil {
			t.Fatal(err)
		}
		if got.yes != (plain.Answer == "yes") || got.reasoning != plain.Reasoning || !slices.Equal(got.quotes, plain.Evidence) {
			t.Fatalf("%q is read as %+v", text, got)
		}
	})
}

func compile(tb testing.TB, text json.RawMessage) *jsonschema.Schema {
	tb.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("answer.schema.json", document); err != nil {
		tb.Fatal(err)
	}
	schema, err := compiler.Compile("answer.schema.json")
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}
