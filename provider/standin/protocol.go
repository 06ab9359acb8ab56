package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"turncoat"
)

// protocol is a vendor's way to ask and to answer.
type protocol interface {
	// authorise returns what is missing in a request's header.
	authorise(http.Header) *refusal
	// conversation names the field of a question that holds the messages.
	conversation() string
	// check returns what is wrong with a question.
	check(question) *refusal
	// answer returns the body of a whole answer, to be written as JSON.
	answer(answer) any
	// events returns the same answer as a stream of server-sent events.
	events(answer) []event
	// failure returns the body that tells of a refusal, to be written as JSON.
	failure(id string, r *refusal) any
	// idHeader names the header that holds the request's ID.
	idHeader() string
	// models returns the body that lists what can be asked for.
	models(names []string) any
}

// answer is what a stand-in answers, in no protocol yet.
type answer struct {
	id           string // unique among the answers of a server, and the same in each run
	model        string
	text         string
	calls        []turncoat.ToolCall
	inputTokens  int64
	outputTokens int64
}

// refusal is an answer that is an error.
type refusal struct {
	status     int
	message    string
	code       string // OpenAI's word for it, where the status does not say it
	parameter  string // the field of the body that it is about, if any
	retryAfter int    // seconds; 0: not said
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status: status, message: fmt.Sprintf(format, args...)}
}

// event is one server-sent event. Its data is written as JSON, but for a string,
// which is written as it is.
type event struct {
	name string // empty: the protocol does not name events
	data any
}

// writeJSON writes a value as services do: without escapes for HTML.
func writeJSON(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// writeEvents writes a stream of server-sent events, as the HTML standard has
// them (section 9.2).
func writeEvents(b *bytes.Buffer, events []event) error {
	for _, e := range events {
		if e.name != "" {
			b.WriteString("event: " + e.name + "\n")
		}
		b.WriteString("data: ")
		if text, ok := e.data.(string); ok {
			b.WriteString(text + "\n")
		} else if err := writeJSON(b, e.data); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	return nil
}

// object is a JSON object of a vendor's.
type object map[string]any
