package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"turncoat"
	"turncoat/provider"
)

// wire is a protocol over which a judge's model is asked, with the forms of its
// answers as the vendor's reference has them.
type wire struct {
	provider string
	baseVar  string
	base     string // what the base URL has behind the host

	whole    func(text string) string // an answer that came to its end
	unknown  func(text string) string // one that stopped for a reason that nobody knows
	cutOff   func(text string) string // by the limit on tokens
	refused  func(text string) string
	filtered func(text string) (status int, body string)
	calls    string                            // a tool call in place of text
	thinks   func(text string) string          // text in the model's thinking alone
	hollow   string                            // the API's form without anything in it
	pair     func(first, second string) string // two answers where one was asked for
	pairErr  string                            // and what is said of them
	pairKind turncoat.ErrorKind
}

var wires = []wire{
	{
		provider: "anthropic", baseVar: "ANTHROPIC_BASE_URL",
		whole:   func(text string) string { return messageOf(textBlock(text), "end_turn") },
		unknown: func(text string) string { return messageOf(textBlock(text), "novelty") },
		cutOff:  func(text string) string { return messageOf(textBlock(text), "max_tokens") },
		refused: func(text string) string { return messageOf(textBlock(text), "refusal") },
		filtered: func(string) (int, string) {
			return http.StatusBadRequest, `{"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}}`
		},
		calls: messageOf(`{"type":"tool_use","id":"c","name":"answer","input":{"answer":"no"}}`, "tool_use"),
		thinks: func(text string) string {
			return messageOf(`{"type":"thinking","signature":"c2ln","thinking":`+quoted(text)+`}`, "end_turn")
		},
		hollow: `{"id":"m","type":"message","role":"assistant","model":"returned","stop_reason":"end_turn"}`,
		pair: func(first, second string) string {
			return messageOf(textBlock(first)+","+textBlock(second), "end_turn")
		},
		pairErr: "not one JSON object",
	},
	{
		provider: "openai", baseVar: "OPENAI_BASE_URL", base: "/v1",
		whole:   func(text string) string { return response(outputText(text), "completed", "") },
		unknown: func(text string) string { return response(outputText(text), "incomplete", "novelty") },
		cutOff:  func(text string) string { return response(outputText(text), "incomplete", "max_output_tokens") },
		refused: func(text string) string {
			return response(outputText(text)+`,{"type":"message","id":"n","role":"assistant","content":[{"type":"refusal","refusal":"I will not."}]}`, "completed", "")
		},
		filtered: func(text string) (int, string) {
			return http.StatusOK, response(outputText(text), "incomplete", "content_filter")
		},
		calls: response(`{"type":"function_call","id":"f","call_id":"c","name":"answer","arguments":"{\"answer\":\"no\"}"}`, "completed", ""),
		thinks: func(text string) string {
			return response(`{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":`+quoted(text)+`}]}`, "completed", "")
		},
		hollow: `{"id":"r","object":"response","status":"completed","model":"returned"}`,
		pair: func(first, second string) string {
			return response(outputText(first)+","+outputText(second), "completed", "")
		},
		pairErr: "not one JSON object",
	},
	{
		provider: "openai-chat", baseVar: "OPENAI_BASE_URL", base: "/v1",
		whole:   func(text string) string { return completion(choice(`"content":`+quoted(text), "stop")) },
		unknown: func(text string) string { return completion(choice(`"content":`+quoted(text), "novelty")) },
		cutOff:  func(text string) string { return completion(choice(`"content":`+quoted(text), "length")) },
		refused: func(text string) string {
			return completion(choice(`"content":`+quoted(text)+`,"refusal":"I will not."`, "stop"))
		},
		filtered: func(text string) (int, string) {
			return http.StatusOK, completion(choice(`"content":`+quoted(text), "content_filter"))
		},
		calls: completion(choice(`"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"answer","arguments":"{\"answer\":\"no\"}"}}]`, "tool_calls")),
		thinks: func(text string) string {
			return completion(choice(`"content":"","reasoning_content":`+quoted(text), "stop"))
		},
		hollow: completion(""),
		pair: func(first, second string) string {
			return completion(choice(`"content":`+quoted(first), "stop") + "," + choice(`"content":`+quoted(second), "stop"))
		},
		pairErr: "it has 2 choices", pairKind: turncoat.ErrorMalformed,
	},
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func textBlock(text string) string { return `{"type":"text","text":` + quoted(text) + `}` }

// messageOf is an answer of the Messages API.
func messageOf(content, stop string) string {
	return fmt.Sprintf(`{"id":"m","type":"message","role":"assistant","model":"returned","content":[%s],"stop_reason":%q,"usage":{"input_tokens":100,"output_tokens":10}}`, content, stop)
}

func outputText(text string) string {
	return `{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","annotations":[],"text":` + quoted(text) + `}]}`
}

// response is an answer of the Responses API.
func response(output, status, incomplete string) string {
	details := "null"
	if incomplete != "" {
		details = fmt.Sprintf(`{"reason":%q}`, incomplete)
	}
	return fmt.Sprintf(`{"id":"r","object":"response","status":%q,"incomplete_details":%s,"model":"returned","output":[%s],"usage":{"input_tokens":100,"output_tokens":10}}`, status, details, output)
}

func choice(message, finish string) string {
	return fmt.Sprintf(`{"index":0,"message":{"role":"assistant",%s},"finish_reason":%q}`, message, finish)
}

// completion is an answer of the Chat Completions API.
func completion(choices string) string {
	return fmt.Sprintf(`{"id":"c","object":"chat.completion","model":"returned","choices":[%s],"usage":{"prompt_tokens":100,"completion_tokens":10}}`, choices)
}

// exchangeOf is what a service does with a request.
type exchangeOf func(wire) http.HandlerFunc

// service is a server of one protocol whose models each follow a script: what they
// do with the first request, the second, and so on; the last goes for all others.
type service struct {
	wire
	*httptest.Server

	mu      sync.Mutex
	scripts map[string][]exchangeOf
	asked   map[string]int
	last    []byte // the last request
}

func newService(t *testing.T, p wire) *service {
	t.Helper()
	s := &service{wire: p, scripts: map[string][]exchangeOf{}, asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || err != nil { // somebody asks whether stand-ins are here
			http.NotFound(w, r)
			return
		}
		s.next(t, body)(p)(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// next returns what the model of a request does with it.
func (s *service) next(t *testing.T, body []byte) exchangeOf {
	var request struct {
		Model string `json:"model"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		t.Errorf("a request is no JSON: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = body
	script, turn := s.scripts[request.Model], s.asked[request.Model]
	s.asked[request.Model]++
	if len(script) == 0 {
		t.Errorf("the model %q has no script", request.Model)
		return httpStatus(http.StatusTeapot)
	}
	return script[min(turn, len(script)-1)]
}

// lastBody returns the last request.
func (s *service) lastBody() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.last)
}

// follows gives a model a script, and returns its name in Turncoat.
func (s *service) follows(script []exchangeOf) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	bare := fmt.Sprintf("model-%d", len(s.scripts))
	s.scripts[bare] = script
	return s.provider + "/" + bare
}

// models returns a source of the service's models, each call of which is made once
// unless options say otherwise.
func (s *service) models(options provider.Options) func(string) (turncoat.Model, error) {
	options.Getenv = func(name string) string {
		if name == s.baseVar {
			return s.URL + s.base
		}
		return ""
	}
	if options.Retries == 0 {
		options.Retries = -1
	}
	return provider.New(options).Model
}

// What a service can do with a request.

// answers is a whole answer with the text of the judge's.
func answers(t string) exchangeOf {
	return func(p wire) http.HandlerFunc { return ok(p.whole(t)) }
}

// formed is an answer in one of the protocol's forms.
func formed(body func(wire) string) exchangeOf {
	return func(p wire) http.HandlerFunc { return ok(body(p)) }
}

// raw is a body that is not of the protocol.
func raw(body string) exchangeOf {
	return func(wire) http.HandlerFunc { return ok(body) }
}

func ok(body string) http.HandlerFunc { return respond(http.StatusOK, "application/json", body) }

func respond(status int, mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// httpStatus is a status that says that there is no answer, with one in its body,
// and that it may be tried again at once.
func httpStatus(status int) exchangeOf {
	return func(p wire) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After-Ms", "1")
			respond(status, "application/json", p.whole(answering("no")))(w, r)
		}
	}
}

// elsewhere is a redirect with an answer in its body.
func elsewhere(p wire) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://elsewhere.example/v1")
		respond(http.StatusFound, "application/json", p.whole(answering("no")))(w, r)
	}
}

// dropped is an answer whose connection breaks in the middle.
func dropped(p wire) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		body := p.whole(answering("no"))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = io.WriteString(w, body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// never is an answer that does not come while somebody waits for it.
func never(wire) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// endless is an answer that goes on as long as somebody reads it.
func endless(p wire) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<15)); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, p.whole(answering("no")))
	}
}

// typed is a whole answer that calls itself something else than JSON.
func typed(mediaType, t string) exchangeOf {
	return func(p wire) http.HandlerFunc { return respond(http.StatusOK, mediaType, p.whole(t)) }
}
