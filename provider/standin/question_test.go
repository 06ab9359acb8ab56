package standin

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"
)

func TestReadQuestion(t *testing.T) {
	got, err := readQuestion(bytes.NewBufferString(`{
		"model": "claude-opus-4", "max_tokens": 4096, "stream": true,
		"system": [{"type": "text", "text": "model"}],
		"tools": [{"model": 1}],
		"messages": [
			{"role": "user", "content": [{"type": "text", "text": "a", "role": "x"}]},
			{"content": "", "role": "assistant", "name": {"role": "y"}},
			{}
		]
	}`), "messages")
	if err != nil {
		t.Fatal(err)
	}
	tokens := 4096.0
	want := question{
		model: "claude-opus-4", stream: true, maxTokens: &tokens, messages: '[',
		turns:        []turn{{role: "user", content: '['}, {role: "assistant", content: '"', empty: true}, {}},
		conversation: "messages",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What is read is a JSON object, by the standard library's word; and every JSON
// object is read or said to be wrong.
func FuzzReadQuestion(f *testing.F) {
	f.Add([]byte(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`))
	f.Add([]byte(`{"model":"m","input":"hi","stream":false}`))
	f.Add([]byte(`{"messages":[1]}`))
	f.Add([]byte(`{"messages":[{}`))
	f.Add([]byte(`{"max_tokens":1e999}`))
	f.Add([]byte(`{"model":"m"} {}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := readQuestion(bytes.NewBuffer(bytes.Clone(body)), "messages")
		if err == nil && utf8.Valid(body) && !json.Valid(body) {
			t.Errorf("read without an error, and is not JSON: %q", body)
		}
	})
}
