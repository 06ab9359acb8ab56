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
		{"yes", `{"reasoning": "r", "evidence": ["q"], "answer": "yes", "confidence": 90}`, ""},
		{"no", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}`, ""},
		{"other order", `{"confidence": 90, "answer": "no", "evidence": [], "reasoning": "r"}`, ""},
		{"white space around", "\n\t" + `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}` + "\n", ""},
		{"code fence", "```json\n" + `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}` + "\n```", ""},
		{"empty", "", "it is empty"},
		{"empty code fence", "```json\n```", "it is empty"},
		{"words", "The answer is no.", "not one JSON object"},
		{"words before", `Here it is: {"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}`, "not one JSON object"},
		{"words after", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90} I am sure.`, "not one JSON object"},
		{"cut off", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90`, "not one JSON object"},
		{"two objects", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}{}`, "not one JSON object"},
		{"list", `[{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90}]`, "not one JSON object"},
		{"null", `null`, "missing"},
		{"no members", `{}`, `"reasoning" is missing`},
		{"empty reasoning", `{"reasoning": " ", "evidence": [], "answer": "no", "confidence": 90}`, `"reasoning" is missing`},
		{"no evidence", `{"reasoning": "r", "answer": "no", "confidence": 90}`, `"evidence" is missing`},
		{"null evidence", `{"reasoning": "r", "evidence": null, "answer": "no", "confidence": 90}`, `"evidence" is missing`},
		{"null quote", `{"reasoning": "r", "evidence": [null], "answer": "no", "confidence": 90}`, "null in place 1"},
		{"evidence is no list", `{"reasoning": "r", "evidence": "q", "answer": "no", "confidence": 90}`, "not one JSON object"},
		{"no answer", `{"reasoning": "r", "evidence": []}`, `"answer" is missing`},
		{"answer is no string", `{"reasoning": "r", "evidence": [], "answer": false, "confidence": 90}`, "not one JSON object"},
		{"capital answer", `{"reasoning": "r", "evidence": [], "answer": "No", "confidence": 90}`, `neither "yes" nor "no"`},
		{"capital name", `{"reasoning": "r", "evidence": [], "Answer": "no"}`, "not one JSON object"},
		{"more members", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90, "sure": true}`, "not one JSON object"},
		{"answered twice", `{"reasoning": "r", "evidence": ["q"], "answer": "yes", "answer": "no", "confidence": 90}`, "not one JSON object"},
		{"yes without evidence", `{"reasoning": "r", "evidence": [], "answer": "yes", "confidence": 90}`, "contradicts itself"},
		{"no confidence", `{"reasoning": "r", "evidence": [], "answer": "no"}`, `"confidence" is missing`},
		{"null confidence", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": null}`, `"confidence" is missing`},
		{"no confidence at all", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 0}`, ""},
		{"full confidence", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 100}`, ""},
		{"confidence below 0", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": -1}`, "from 0 to 100"},
		{"confidence above 100", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 101}`, "from 0 to 100"},
		{"confidence as a share", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 0.9}`, "not one JSON object"},
		{"confidence in words", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": "90"}`, "not one JSON object"},
		{"confidence twice", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 90, "confidence": 10}`, "not one JSON object"},
		{"confidence beyond all numbers", `{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 99999999999999999999}`, "not one JSON object"},
		{"invalid UTF-8", "{\"reasoning\": \"\xff\", \"evidence\": [], \"answer\": \"no\", \"confidence\": 90}", "not one JSON object"},
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
	f.Add(`{"reasoning": "r", "evidence": ["q"], "answer": "yes", "confidence": 90}`)
	f.Add("```json\n{\"reasoning\": \"r\", \"evidence\": [], \"answer\": \"no\", \"confidence\": 90}\n```")
	f.Add(`{"reasoning": "r", "evidence": [], "answer": "yes", "answer": "no", "confidence": 90}`)
	f.Add(`{"reasoning": null, "evidence": [null], "answer": "no", "confidence": 90}`)
	f.Add(`{"reasoning": "r", "evidence": [], "answer": "no", "confidence": 1e2}`)
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
			Reasoning  string
			Evidence   []string
			Answer     string
			Confidence int
		}
		if err := json.Unmarshal([]byte(object), &plain); err != nil {
			t.Fatal(err)
		}
		if got.yes != (plain.Answer == "yes") || got.reasoning != plain.Reasoning || !slices.Equal(got.quotes, plain.Evidence) ||
			got.confidence != plain.Confidence || got.confidence < 0 || got.confidence > 100 {
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
