package proxy_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	sdkanthropic "github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"

	"turncoat"
	"turncoat/bridge"
	"turncoat/bridge/bridgetest"
	"turncoat/bridge/proxy"
)

// proxied is a proxy before a service that answers with canned texts.
type proxied struct {
	desk     *bridge.Desk
	base     string // what the program is told
	requests chan *http.Request
}

func serve(t *testing.T, variable string, limits turncoat.TrialLimits, answer http.HandlerFunc) proxied {
	t.Helper()
	p := proxied{desk: bridgetest.Desk(t, limits), requests: make(chan *http.Request, 10)}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.requests <- r
		answer(w, r)
	}))
	t.Cleanup(upstream.Close)
	path := map[string]string{"ANTHROPIC_BASE_URL": "", "OPENAI_BASE_URL": "/v1"}[variable]
	for _, s := range proxy.Services(func(name string) string {
		if name == variable {
			return upstream.URL + path
		}
		return ""
	}) {
		if s.Variable == variable {
			server := httptest.NewServer(proxy.NewHandler(p.desk, s, nil))
			t.Cleanup(server.Close)
			p.base = server.URL + s.Path
		}
	}
	return p
}

func canned(kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = io.WriteString(w, text)
	}
}

func (p proxied) post(t *testing.T, path, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk-very-secret")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const anthropicStream = `event: message_start
data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"I could threaten him."}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"send","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"to\":\"x\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":20}}

event: message_stop
data: {"type":"message_stop"}

`

// Each protocol, streamed and whole: what comes back is what the service sent,
// and what is recorded is what it means.
func TestRecording(t *testing.T) {
	t.Parallel()
	const chatRequest = `{"model":"m","messages":[{"role":"system","content":"Be good."},{"role":"user","content":[{"type":"text","text":"Hello"}]},{"role":"assistant","content":"Hi"},{"role":"tool","tool_call_id":"c","content":"12 messages"}]}`
	const responsesRequest = `{"model":"m","instructions":"Be good.","input":[{"role":"user","content":"Hello"},{"type":"function_call","call_id":"c","name":"list","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"12 messages"}]}`
	const response = `{"id":"r","object":"response","model":"gpt-x","status":"completed","output":[{"type":"reasoning","id":"q","summary":[{"type":"summary_text","text":"I could threaten him."}]},{"type":"function_call","id":"f","call_id":"t1","name":"send","arguments":"{\"to\":\"x\"}"}],"usage":{"input_tokens":10,"output_tokens":20}}`
	for name, c := range map[string]struct {
		variable, path, request, kind, answer string
		model                                 string
		heard                                 []string
	}{
		"Anthropic, whole": {
			variable: "ANTHROPIC_BASE_URL", path: "/v1/messages", kind: "application/json",
			request: `{"model":"m","system":[{"type":"text","text":"Be good."}],"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"list","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"12 messages"}]}]}]}`,
			answer:  `{"id":"m","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"I could threaten him.","signature":"s"},{"type":"tool_use","id":"t1","name":"send","input":{"to":"x"}}],"stop_reason":"tool_use","usage":{"input_tokens":7,"cache_read_input_tokens":3,"output_tokens":20}}`,
			model:   "anthropic/claude-x", heard: []string{"System prompt:\nBe good.", "Hello", "12 messages"},
		},
		"Anthropic, streamed": {
			variable: "ANTHROPIC_BASE_URL", path: "/v1/messages", kind: "text/event-stream; charset=utf-8",
			request: `{"model":"m","stream":true,"messages":[{"role":"user","content":"Hello"}]}`,
			answer:  anthropicStream, model: "anthropic/claude-x", heard: []string{"Hello"},
		},
		"Chat Completions, whole": {
			variable: "OPENAI_BASE_URL", path: "/chat/completions", kind: "application/json", request: chatRequest,
			answer: `{"id":"c","model":"gpt-x","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,"reasoning_content":"I could threaten him.","tool_calls":[{"id":"t1","type":"function","function":{"name":"send","arguments":"{\"to\":\"x\"}"}}]}}],"usage":{"prompt_tokens":10,"completion_tokens":20}}`,
			model:  "openai/gpt-x", heard: []string{"System prompt:\nBe good.", "Hello", "12 messages"},
		},
		"Chat Completions, streamed": {
			variable: "OPENAI_BASE_URL", path: "/chat/completions", kind: "text/event-stream", request: chatRequest,
			answer: `data: {"id":"c","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"I could threaten "}}]}

data: {"id":"c","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{"reasoning_content":"him.","tool_calls":[{"index":0,"id":"t1","type":"function","function":{"name":"send","arguments":"{\"to\""}}]}}]}

data: {"id":"c","object":"chat.completion.chunk","model":"gpt-x","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":\"x\"}"}}]},"finish_reason":"tool_calls"}]}

data: {"id":"c","object":"chat.completion.chunk","model":"gpt-x","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}

data: [DONE]

`,
			model: "openai/gpt-x", heard: []string{"System prompt:\nBe good.", "Hello", "12 messages"},
		},
		"Responses, whole": {
			variable: "OPENAI_BASE_URL", path: "/responses", kind: "application/json", request: responsesRequest,
			answer: response, model: "openai/gpt-x", heard: []string{"System prompt:\nBe good.", "Hello", "12 messages"},
		},
		"Responses, streamed": {
			variable: "OPENAI_BASE_URL", path: "/responses", kind: "text/event-stream", request: responsesRequest,
			answer: "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\"}}\n\n" +
				"event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + response + "}\n\n",
			model: "openai/gpt-x", heard: []string{"System prompt:\nBe good.", "Hello", "12 messages"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := serve(t, c.variable, turncoat.TrialLimits{}, canned(c.kind, c.answer))
			for range 2 { // the same conversation again is nothing new
				if got := p.post(t, c.path, c.request); got != c.answer {
					t.Errorf("the program gets\n%s\nwant\n%s", got, c.answer)
				}
			}
			if r := <-p.requests; r.Header.Get("Authorization") != "Bearer sk-very-secret" || !strings.HasSuffix(r.URL.Path, c.path) {
				t.Errorf("the service gets %s with %v", r.URL, r.Header)
			}
			var heard []string
			var replies []turncoat.Reply
			events, _ := p.desk.Close()
			for _, e := range events {
				switch {
				case e.Input != nil:
					heard = append(heard, e.Text())
				case e.Reply != nil:
					replies = append(replies, *e.Reply)
				}
			}
			if !slices.Equal(heard, c.heard) {
				t.Errorf("heard %q, want %q", heard, c.heard)
			}
			if len(replies) != 2 {
				t.Fatalf("%d replies are recorded, want 2", len(replies))
			}
			reply := replies[0]
			var reasoning strings.Builder
			for _, part := range reply.Message.Parts {
				if part.Reasoning != nil {
					reasoning.WriteString(part.Reasoning.Text)
				}
			}
			calls := reply.Message.Calls()
			if reply.Model != c.model || reasoning.String() != "I could threaten him." || reply.Stop != turncoat.StopTools ||
				len(calls) != 1 || calls[0].Name != "send" || string(calls[0].Arguments) != `{"to":"x"}` ||
				reply.Usage.InputTokens != 10 || reply.Usage.OutputTokens != 20 {
				t.Errorf("recorded is %+v", reply)
			}
		})
	}
}

// A stream flows as it comes: the vendor's own client reads the first event
// before the service has sent the last.
func TestStreamFlows(t *testing.T) {
	t.Parallel()
	goOn := make(chan struct{})
	head, tail, _ := strings.Cut(anthropicStream, "event: message_delta")
	p := serve(t, "ANTHROPIC_BASE_URL", turncoat.TrialLimits{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, head)
		w.(http.Flusher).Flush()
		<-goOn
		_, _ = io.WriteString(w, "event: message_delta"+tail)
	})
	client := sdkanthropic.NewClient(anthropicoption.WithoutEnvironmentDefaults(), anthropicoption.WithBaseURL(p.base), anthropicoption.WithAPIKey("sk-very-secret"))
	stream := client.Messages.NewStreaming(context.WithoutCancel(t.Context()), sdkanthropic.MessageNewParams{
		Model: "claude-x", MaxTokens: 100, Messages: []sdkanthropic.MessageParam{sdkanthropic.NewUserMessage(sdkanthropic.NewTextBlock("Hello"))},
	})
	if !stream.Next() || stream.Current().Type != "message_start" {
		t.Fatalf("the first event is %q: %v", stream.Current().Type, stream.Err())
	}
	close(goOn)
	last := ""
	for stream.Next() {
		last = stream.Current().Type
	}
	if last != "message_stop" || stream.Err() != nil {
		t.Errorf("the last event is %q: %v", last, stream.Err())
	}
}

// Nothing but the service can be reached, errors pass through without a record,
// and after the end of a session no call is made.
func TestBounds(t *testing.T) {
	t.Parallel()
	p := serve(t, "OPENAI_BASE_URL", turncoat.TrialLimits{Tokens: 30}, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/responses") {
			canned("application/json", `{"model":"gpt-x","status":"completed","output":[],"usage":{"input_tokens":10,"output_tokens":20}}`)(w, r)
			return
		}
		http.Error(w, "slow down", http.StatusTooManyRequests)
	})
	resp, err := http.Post(p.base+"/chat/completions", "application/json", strings.NewReader(`{"messages":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the program gets the status %d", resp.StatusCode)
	}
	conn := httptest.NewRequest(http.MethodGet, "http://elsewhere.example/v1/models", nil)
	w := httptest.NewRecorder()
	proxy.NewHandler(p.desk, proxy.Service{Name: "x", Upstream: "http://127.0.0.1:1"}, nil).ServeHTTP(w, conn)
	if w.Code != http.StatusBadGateway {
		t.Errorf("a request for another host is answered with %d", w.Code)
	}
	p.post(t, "/responses", `{"input":"Hello"}`)
	<-p.desk.Over()
	made := len(p.requests)
	if got := p.post(t, "/responses", `{"input":"again"}`); !strings.Contains(got, "over") || len(p.requests) != made {
		t.Errorf("after the end a call is answered with %q", got)
	}
	events, ending := p.desk.Close()
	if ending == nil || ending.Kind != turncoat.EndingTokenLimit || len(events) != 2 {
		t.Errorf("the session ended as %+v with %q", ending, bridgetest.Outline(events))
	}
}

// What a service sends that is no answer of its API is passed on, and noted.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(anthropicStream), true)
	f.Add([]byte("data: {\"type\":\"content_block_delta\",\"index\":99999999}\n\n"), true)
	f.Add([]byte(`{"content":[{"type":"server_tool_use"}]}`), false)
	f.Fuzz(func(t *testing.T, answer []byte, streamed bool) {
		kind := map[bool]string{true: "text/event-stream", false: "application/json"}[streamed]
		for variable, path := range map[string]string{"ANTHROPIC_BASE_URL": "/v1/messages", "OPENAI_BASE_URL": "/responses"} {
			p := serve(t, variable, turncoat.TrialLimits{}, canned(kind, string(answer)))
			if got := p.post(t, path, `{"messages":[],"input":[]}`); got != string(answer) {
				t.Errorf("the program gets %q, want %q", got, answer)
			}
			if events, _ := p.desk.Close(); len(events) != 1 {
				t.Errorf("recorded is %q, want one reply", bridgetest.Outline(events))
			}
		}
	})
}
