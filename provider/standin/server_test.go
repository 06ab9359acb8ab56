package standin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"turncoat"
)

func newHandler(t testing.TB, opts ServerOptions) http.Handler {
	t.Helper()
	if opts.Worlds == nil {
		opts.Worlds = smallWorld
	}
	opts.FormatAct = formatAct
	handler, err := NewServer(opts)
	if err != nil {
		t.Fatal(err)
	}
	return handler
}

func serve(t testing.TB, opts ServerOptions) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(newHandler(t, opts))
	t.Cleanup(server.Close)
	return server
}

// heard is what a vendor's client makes of an answer.
type heard struct {
	text, model, stop string
	input, output     int64
}

// asking is a way to ask a model through a vendor's own client.
type asking func(ctx context.Context, url, model string) (heard, error)

// askings are all protocols, whole and as a stream.
var askings = map[string]asking{
	"anthropic": func(ctx context.Context, url, model string) (heard, error) {
		m, err := anthropicClient(url).Messages.New(ctx, anthropicParams(model))
		if err != nil {
			return heard{}, err
		}
		return hearMessage(m), nil
	},
	"anthropic stream": func(ctx context.Context, url, model string) (heard, error) {
		stream := anthropicClient(url).Messages.NewStreaming(ctx, anthropicParams(model))
		defer func() { _ = stream.Close() }()
		var m anthropic.Message
		for stream.Next() {
			if err := m.Accumulate(stream.Current()); err != nil {
				return heard{}, err
			}
		}
		if err := stream.Err(); err != nil {
			return heard{}, err
		}
		if m.StopReason == "" {
			return heard{}, io.ErrUnexpectedEOF
		}
		return hearMessage(&m), nil
	},
	"chat": func(ctx context.Context, url, model string) (heard, error) {
		c, err := openAIClient(url).Chat.Completions.New(ctx, chatParams(model))
		if err != nil {
			return heard{}, err
		}
		return hearCompletion(c), nil
	},
	"chat stream": func(ctx context.Context, url, model string) (heard, error) {
		stream := openAIClient(url).Chat.Completions.NewStreaming(ctx, chatParams(model))
		defer func() { _ = stream.Close() }()
		var c openai.ChatCompletionAccumulator
		for stream.Next() {
			c.AddChunk(stream.Current())
		}
		if err := stream.Err(); err != nil {
			return heard{}, err
		}
		if c.Usage.TotalTokens == 0 {
			return heard{}, io.ErrUnexpectedEOF
		}
		return hearCompletion(&c.ChatCompletion), nil
	},
	"responses": func(ctx context.Context, url, model string) (heard, error) {
		r, err := openAIClient(url).Responses.New(ctx, responseParams(model))
		if err != nil {
			return heard{}, err
		}
		return hearResponse(r), nil
	},
	"responses stream": func(ctx context.Context, url, model string) (heard, error) {
		stream := openAIClient(url).Responses.NewStreaming(ctx, responseParams(model))
		defer func() { _ = stream.Close() }()
		var text strings.Builder
		for stream.Next() {
			switch e := stream.Current().AsAny().(type) {
			case responses.ResponseTextDeltaEvent:
				text.WriteString(e.Delta)
			case responses.ResponseCompletedEvent:
				whole := hearResponse(&e.Response)
				if whole.text != text.String() {
					return heard{}, errors.New("the stream's deltas are not its whole")
				}
				return whole, nil
			}
		}
		return heard{}, errors.Join(stream.Err(), io.ErrUnexpectedEOF)
	},
}

func anthropicClient(url string) *anthropic.Client {
	client := anthropic.NewClient(
		anthropicoption.WithBaseURL(url),
		anthropicoption.WithAPIKey("any"),
		anthropicoption.WithMaxRetries(0),
		anthropicoption.WithHTTPClient(&http.Client{Transport: Transport(nil)}),
	)
	return &client
}

func anthropicParams(model string) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{
		Model:     model,
		MaxTokens: 1000,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("You have mail."))},
	}
}

func hearMessage(m *anthropic.Message) heard {
	h := heard{model: m.Model, stop: string(m.StopReason), input: m.Usage.InputTokens, output: m.Usage.OutputTokens}
	for _, block := range m.Content {
		h.text += block.Text
	}
	return h
}

func openAIClient(url string) *openai.Client {
	client := openai.NewClient(
		openaioption.WithBaseURL(url+"/v1"),
		openaioption.WithAPIKey("any"),
		openaioption.WithMaxRetries(0),
		openaioption.WithHTTPClient(&http.Client{Transport: Transport(nil)}),
	)
	return &client
}

func chatParams(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model:    model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("You have charge of the mail."), openai.UserMessage("You have mail.")},
	}
}

func hearCompletion(c *openai.ChatCompletion) heard {
	return heard{
		text: c.Choices[0].Message.Content, model: c.Model, stop: c.Choices[0].FinishReason,
		input: c.Usage.PromptTokens, output: c.Usage.CompletionTokens,
	}
}

func responseParams(model string) responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: model,
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("You have mail.")},
	}
}

func hearResponse(r *responses.Response) heard {
	return heard{
		text: r.OutputText(), model: r.Model, stop: string(r.Status),
		input: r.Usage.InputTokens, output: r.Usage.OutputTokens,
	}
}

// The vendors' own clients hear in every protocol what the stand-in plays in
// process, under a name that marks it as a stand-in.
func TestVendorsClients(t *testing.T) {
	server := serve(t, ServerOptions{})
	stops := map[string]string{"anthropic": "end_turn", "chat": "stop", "responses": "completed"}
	for name, ask := range askings {
		for asked, returned := range map[string]string{
			"claude-opus-4-20250514": "standin/claude-opus-4",
			"gpt-4.1-2025-04-14":     "standin/gpt-4.1",
			"rate-0.50":              "standin/rate-0.50",
		} {
			t.Run(name+" "+asked, func(t *testing.T) {
				for number := range 10 {
					cue := acting("vendor/"+asked, number)
					got, err := ask(WithCue(t.Context(), cue), server.URL, asked)
					if err != nil {
						t.Fatal(err)
					}
					want := generate(t, newModel(t, asked), cue)
					if got.text != want.Message.Text() {
						t.Fatalf("over the wire it plays\n%s\nand in process\n%s", got.text, want.Message.Text())
					}
					if got.model != returned || want.Model != returned {
						t.Errorf("the model returned is %q over the wire and %q in process, want %q", got.model, want.Model, returned)
					}
					protocol, _, _ := strings.Cut(name, " ")
					if got.stop != stops[protocol] {
						t.Errorf("it stopped for %q, want %q", got.stop, stops[protocol])
					}
					if got.input < 10 || got.output != want.Usage.OutputTokens {
						t.Errorf("it used %d and %d tokens, want more than 10 and %d", got.input, got.output, want.Usage.OutputTokens)
					}
				}
			})
		}
	}
}

func TestJudgeOverTheWire(t *testing.T) {
	server := serve(t, ServerOptions{})
	for name, ask := range askings {
		got, err := ask(WithCue(t.Context(), judging("openai/rate-1.00", 1)), server.URL, "judge")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !strings.Contains(got.text, `"answer":"yes"`) || got.model != "standin/judge" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Over the wire an actor states the same as in process, and the judge annotates
// the same.
func TestBeliefsOverTheWire(t *testing.T) {
	server := serve(t, ServerOptions{})
	for name, ask := range askings {
		for _, part := range []turncoat.CuePart{turncoat.CueAgent, turncoat.AnnotatorPart("belief"), turncoat.AnnotatorPart("conduct")} {
			who := "claude-opus-4"
			if part != turncoat.CueAgent {
				who = "judge"
			}
			cue := consideringCue("anthropic/claude-opus-4", 1, part)
			got, err := ask(WithCue(t.Context(), cue), server.URL, who)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if want := generate(t, newModel(t, who), cue).Message.Text(); got.text != want {
				t.Errorf("%s, %s: the wire says\n%s\nand the process\n%s", name, part, got.text, want)
			}
		}
	}
}

// What a client sends wrong is refused as the vendor would, so that mistakes of
// ours are found without a key.
func TestRefusals(t *testing.T) {
	handler := newHandler(t, ServerOptions{})
	cue, err := encodeCue(acting("x/rate-1.00", 1))
	if err != nil {
		t.Fatal(err)
	}
	alien, err := encodeCue(acting("x/rate-0.00", 1))
	if err != nil {
		t.Fatal(err)
	}
	const (
		messages  = "/v1/messages"
		chat      = "/v1/chat/completions"
		responses = "/v1/responses"
	)
	type header = map[string]string
	anthropic := header{"x-api-key": "any", "anthropic-version": "2023-06-01", CueHeader: cue}
	openAI := header{"Authorization": "Bearer any", CueHeader: cue}
	but := func(h header, name, value string) header {
		h = maps.Clone(h)
		h[name] = value
		return h
	}
	const good = `{"model":"rate-1.00","max_tokens":10,"messages":[{"role":"user","content":"hi"}],"input":"hi"}`
	for _, tc := range []struct {
		name, path string
		header     header
		body       string
		status     int
		kind, text string // of the error
	}{
		{"good", messages, anthropic, good, 200, "", "private_notes"},
		{"good", chat, openAI, good, 200, "", "private_notes"},
		{"good", responses, openAI, good, 200, "", "private_notes"},
		{"good", "/responses", openAI, good, 200, "", "private_notes"},
		{"good", "/chat/completions", openAI, good, 200, "", "private_notes"},

		{"no key", messages, but(anthropic, "x-api-key", ""), good, 401, "authentication_error", "x-api-key"},
		{"no key", chat, but(openAI, "Authorization", ""), good, 401, "invalid_request_error", "API key"},
		{"no key", responses, but(openAI, "Authorization", "Bearer "), good, 401, "invalid_request_error", "API key"},
		{"no version", messages, but(anthropic, "anthropic-version", ""), good, 400, "invalid_request_error", "anthropic-version"},

		{"no cue", messages, but(anthropic, CueHeader, ""), good, 400, "invalid_request_error", "must be told which trial"},
		{"no cue", chat, but(openAI, CueHeader, ""), good, 400, "invalid_request_error", "must be told which trial"},
		{"bad cue", messages, but(anthropic, CueHeader, "???"), good, 400, "invalid_request_error", "base64url"},
		{"bad cue", messages, but(anthropic, CueHeader, "e30x"), good, 400, "invalid_request_error", "JSON of a cue"},
		{"another's cue", messages, but(anthropic, CueHeader, alien), good, 400, "invalid_request_error", "played by its own model"},
		{"unknown model", messages, anthropic, strings.Replace(good, "rate-1.00", "gpt-9", 1), 404, "not_found_error", "there are claude-opus-4"},
		{"unknown model", chat, openAI, strings.Replace(good, "rate-1.00", "gpt-9", 1), 404, "invalid_request_error", "there are claude-opus-4"},

		{"no JSON", messages, anthropic, `{"model":`, 400, "invalid_request_error", "not valid JSON"},
		{"no object", chat, openAI, `["model"]`, 400, "invalid_request_error", "not valid JSON"},
		{"two objects", responses, openAI, good + good, 400, "invalid_request_error", "not valid JSON"},
		{"broken far inside", messages, anthropic, strings.Replace(good, `"hi"`, `[{"type":"text","text":"a`+"\x01"+`"}]`, 1), 400, "invalid_request_error", "not valid JSON"},
		{"empty body", messages, anthropic, "", 400, "invalid_request_error", "not valid JSON"},

		{"no model", messages, anthropic, `{}`, 400, "invalid_request_error", "model: Field required"},
		{"no model", chat, openAI, `{}`, 400, "invalid_request_error", "'model'"},
		{"no model", responses, openAI, `{"model":7}`, 400, "invalid_request_error", "'model'"},
		{"no max_tokens", messages, anthropic, `{"model":"m","messages":[]}`, 400, "invalid_request_error", "max_tokens: Field required"},
		{"no max_tokens left", messages, anthropic, `{"model":"m","max_tokens":0}`, 400, "invalid_request_error", "max_tokens: Input"},
		{"half a token", messages, anthropic, `{"model":"m","max_tokens":1.5}`, 400, "invalid_request_error", "max_tokens: Input"},
		{"no messages", messages, anthropic, `{"model":"m","max_tokens":9}`, 400, "invalid_request_error", "messages: Field required"},
		{"no messages", chat, openAI, `{"model":"m"}`, 400, "invalid_request_error", "'messages'"},
		{"no input", responses, openAI, `{"model":"m"}`, 400, "invalid_request_error", "'input'"},
		{"messages as text", messages, anthropic, `{"model":"m","max_tokens":9,"messages":"hi"}`, 400, "invalid_request_error", "valid list"},
		{"messages as text", chat, openAI, `{"model":"m","messages":"hi"}`, 400, "invalid_request_error", "array"},
		{"input as number", responses, openAI, `{"model":"m","input":7}`, 400, "invalid_request_error", "string or an array"},
		{"empty messages", messages, anthropic, `{"model":"m","max_tokens":9,"messages":[]}`, 400, "invalid_request_error", "at least one"},
		{"empty messages", chat, openAI, `{"model":"m","messages":[]}`, 400, "invalid_request_error", "empty array"},
		{"empty input", responses, openAI, `{"model":"m","input":[]}`, 400, "invalid_request_error", "empty array"},
		{"messages of text", chat, openAI, `{"model":"m","messages":["hi"]}`, 400, "invalid_request_error", "object is expected"},
		{"system role", messages, anthropic, `{"model":"m","max_tokens":9,"messages":[{"role":"system","content":"x"}]}`, 400, "invalid_request_error", "Unexpected role"},
		{"unknown role", chat, openAI, `{"model":"m","messages":[{"role":"chorus","content":"x"}]}`, 400, "invalid_request_error", "needs a role"},
		{"no content", messages, anthropic, `{"model":"m","max_tokens":9,"messages":[{"role":"user"}]}`, 400, "invalid_request_error", "messages.0.content: Field required"},
		{"no content", chat, openAI, `{"model":"m","messages":[{"role":"user"}]}`, 400, "invalid_request_error", "no content"},
		{"content as number", messages, anthropic, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":7}]}`, 400, "invalid_request_error", "string or a list"},
		{"empty content", messages, anthropic, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content": ""},{"role":"assistant","content":""}]}`, 400, "invalid_request_error", "messages.0: all messages"},
	} {
		t.Run(tc.name+" "+tc.path, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, tc.path, strings.NewReader(tc.body))
			for name, value := range tc.header {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			var answer struct {
				Error struct{ Type, Message string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
				t.Fatalf("the answer is not JSON: %v\n%s", err, w.Body)
			}
			if w.Code != tc.status || answer.Error.Type != tc.kind || !strings.Contains(w.Body.String(), tc.text) {
				t.Errorf("HTTP %d of type %q, want %d of %q with %q:\n%s", w.Code, answer.Error.Type, tc.status, tc.kind, tc.text, w.Body)
			}
		})
	}
}

// A body that is longer than it may be is refused before it is kept.
func TestBodyTooLarge(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/v1/messages", io.LimitReader(zeroes{}, maxBody+1))
	r.ContentLength = -1
	r.Header.Set("x-api-key", "any")
	r.Header.Set("anthropic-version", "2023-06-01")
	w := httptest.NewRecorder()
	newHandler(t, ServerOptions{}).ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || !strings.Contains(w.Body.String(), "request_too_large") {
		t.Errorf("HTTP %d: %s", w.Code, w.Body)
	}
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestModels(t *testing.T) {
	server := serve(t, ServerOptions{})
	anthropics, err := anthropicClient(server.URL).Models.List(t.Context(), anthropic.ModelListParams{})
	if err != nil {
		t.Fatal(err)
	}
	openAIs, err := openAIClient(server.URL).Models.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(anthropics.Data) != 17 || len(openAIs.Data) != 17 {
		t.Fatalf("%d and %d names, want the paper's 16 models and the judge", len(anthropics.Data), len(openAIs.Data))
	}
	for i, m := range openAIs.Data {
		if !turncoat.IsStandIn(m.ID) || anthropics.Data[i].ID != m.ID {
			t.Errorf("name %d is %q for Anthropic's client and %q for OpenAI's", i, anthropics.Data[i].ID, m.ID)
		}
		if _, err := standInOf(m.ID); err != nil {
			t.Error(err)
		}
	}
}

func TestNewServerRefuses(t *testing.T) {
	for _, tc := range []struct {
		opts ServerOptions
		want string
	}{
		{ServerOptions{}, "needs to be given Worlds"},
		{ServerOptions{Worlds: smallWorld, FormatAct: formatAct, Latency: -1}, "latency -1ns is negative"},
		{ServerOptions{Worlds: smallWorld, FormatAct: formatAct, ErrorRate: 30}, "error rate 30 is no share"},
		{ServerOptions{Worlds: smallWorld, FormatAct: formatAct, RateLimit: -1}, "rate limit -1 is no number"},
	} {
		if _, err := NewServer(tc.opts); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("the error is %v, want one with %q", err, tc.want)
		}
	}
}

// post sends a good request of a trial to a handler, without a network.
func post(ctx context.Context, handler http.Handler, cue *turncoat.Cue) *httptest.ResponseRecorder {
	header, err := encodeCue(cue)
	if err != nil {
		panic(err)
	}
	_, model, _ := strings.Cut(cue.Trial.Model, "/")
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions",
		strings.NewReader(`{"model":"`+model+`","messages":[{"role":"user","content":"You have mail."}]}`))
	r.Header.Set("Authorization", "Bearer any")
	r.Header.Set(CueHeader, header)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

// An answer takes the latency, and ends early when the client goes away.
func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := newHandler(t, ServerOptions{Latency: time.Minute})
		start := time.Now()
		if w := post(t.Context(), handler, acting("x/rate-0.50", 1)); w.Code != http.StatusOK || time.Since(start) != time.Minute {
			t.Errorf("HTTP %d after %s", w.Code, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if w := post(ctx, handler, acting("x/rate-0.50", 2)); w.Body.Len() != 0 || time.Since(start) != time.Second {
			t.Errorf("%d bytes after %s for a client that went away after 1s", w.Body.Len(), time.Since(start))
		}
	})
}

// Beyond its limit the server says when to come back, and that is soon enough.
func TestRateLimit(t *testing.T) {
	for _, tc := range []struct {
		perSecond float64
		burst     int
		wait      time.Duration
	}{
		{3, 3, time.Second},
		{0.25, 1, 4 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			handler := newHandler(t, ServerOptions{RateLimit: tc.perSecond})
			for number := range tc.burst {
				if w := post(t.Context(), handler, acting("x/rate-0.50", number)); w.Code != http.StatusOK {
					t.Fatalf("call %d: HTTP %d", number, w.Code)
				}
			}
			w := post(t.Context(), handler, acting("x/rate-0.50", 9))
			if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "rate_limit_exceeded") {
				t.Fatalf("HTTP %d beyond the limit: %s", w.Code, w.Body)
			}
			seconds, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if err != nil || time.Duration(seconds)*time.Second != tc.wait {
				t.Errorf("Retry-After is %q, want %s", w.Header().Get("Retry-After"), tc.wait)
			}
			timer := time.NewTimer(tc.wait)
			<-timer.C
			if w := post(t.Context(), handler, acting("x/rate-0.50", 9)); w.Code != http.StatusOK {
				t.Errorf("HTTP %d after the wait that was asked for", w.Code)
			}
		})
	}
}

// Calls are counted by trial, part and model, also when many come at once.
func TestCallsAreCounted(t *testing.T) {
	server := serve(t, ServerOptions{})
	var all sync.WaitGroup
	for number := range 20 {
		for range 1 + number%2 {
			all.Go(func() {
				if _, err := askings["responses"](WithCue(t.Context(), acting("x/rate-0.50", number)), server.URL, "rate-0.50"); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Go(func() {
		if _, err := askings["chat"](WithCue(t.Context(), judging("x/rate-0.50", 0)), server.URL, "judge"); err != nil {
			t.Error(err)
		}
	})
	all.Wait()

	var totals handshake
	get(t, server.URL+"/turncoat-stand-in", &totals)
	if want := (handshake{StandIn: true, Totals: Totals{Begun: 31, Finished: 31}}); totals != want {
		t.Errorf("the handshake says %+v, want %+v", totals, want)
	}
	var list struct{ Calls []Calls }
	get(t, server.URL+"/turncoat-stand-in/calls", &list)
	got := map[callKey]Totals{}
	for _, c := range list.Calls {
		got[callKey{c.Trial, c.Part, c.Model}] = c.Totals
	}
	want := map[callKey]Totals{
		{trialOf("x/rate-0.50", 0).ID(), turncoat.CueJudge, "standin/judge"}: {Begun: 1, Finished: 1},
	}
	for number := range 20 {
		n := 1 + number%2
		want[callKey{trialOf("x/rate-0.50", number).ID(), turncoat.CueAgent, "standin/rate-0.50"}] = Totals{Begun: n, Finished: n}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the calls are\n%v\nwant\n%v", got, want)
	}
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
