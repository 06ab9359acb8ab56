package standin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"turncoat"
)

// batching is a way to ask in a batch through a vendor's own client: it hands in
// a request for each key, waits for the end, and returns the results by key.
type batching func(ctx context.Context, url, model string, keys []string) (map[string]heard, error)

var batchings = map[string]batching{
	"anthropic": func(ctx context.Context, url, model string, keys []string) (map[string]heard, error) {
		client := anthropicClient(url)
		body, err := json.Marshal(anthropicParams(model))
		if err != nil {
			return nil, err
		}
		var params anthropic.MessageBatchNewParams
		for _, key := range keys {
			params.Requests = append(params.Requests, anthropic.MessageBatchNewParamsRequest{
				CustomID: key, Params: param.Override[anthropic.MessageBatchNewParamsRequestParams](json.RawMessage(body)),
			})
		}
		batch, err := client.Messages.Batches.New(ctx, params)
		for err == nil && batch.ProcessingStatus != anthropic.MessageBatchProcessingStatusEnded {
			batch, err = client.Messages.Batches.Get(ctx, batch.ID, anthropic.MessageBatchGetParams{})
		}
		if err != nil {
			return nil, err
		}
		results := map[string]heard{}
		stream := client.Messages.Batches.ResultsStreaming(ctx, batch.ID, anthropic.MessageBatchResultsParams{})
		defer func() { _ = stream.Close() }()
		for stream.Next() {
			switch r := stream.Current().Result.AsAny().(type) {
			case anthropic.MessageBatchSucceededResult:
				results[stream.Current().CustomID] = hearMessage(&r.Message)
			case anthropic.MessageBatchErroredResult:
				results[stream.Current().CustomID] = heard{stop: r.Error.Error.Message}
			case anthropic.MessageBatchExpiredResult:
				results[stream.Current().CustomID] = heard{stop: "expired"}
			}
		}
		return results, stream.Err()
	},
	"chat": func(ctx context.Context, url, model string, keys []string) (map[string]heard, error) {
		return batchThroughFiles(ctx, url, "/v1/chat/completions", chatParams(model), keys, func(body []byte) (heard, error) {
			var c openai.ChatCompletion
			err := json.Unmarshal(body, &c)
			return hearCompletion(&c), err
		})
	},
	"responses": func(ctx context.Context, url, model string, keys []string) (map[string]heard, error) {
		return batchThroughFiles(ctx, url, "/v1/responses", responseParams(model), keys, func(body []byte) (heard, error) {
			var r responses.Response
			err := json.Unmarshal(body, &r)
			return hearResponse(&r), err
		})
	},
}

func batchThroughFiles(ctx context.Context, url, endpoint string, params any, keys []string, hear func(body []byte) (heard, error)) (map[string]heard, error) {
	client := openAIClient(url)
	var lines strings.Builder
	for _, key := range keys {
		if err := json.NewEncoder(&lines).Encode(map[string]any{"custom_id": key, "method": "POST", "url": endpoint, "body": params}); err != nil {
			return nil, err
		}
	}
	file, err := client.Files.New(ctx, openai.FileNewParams{
		File: openai.File(strings.NewReader(lines.String()), "requests.jsonl", "application/jsonl"), Purpose: openai.FilePurposeBatch,
	})
	if err != nil {
		return nil, err
	}
	batch, err := client.Batches.New(ctx, openai.BatchNewParams{
		InputFileID: file.ID, Endpoint: openai.BatchNewParamsEndpoint(endpoint), CompletionWindow: openai.BatchNewParamsCompletionWindow24h,
	})
	for err == nil && (batch.Status == openai.BatchStatusValidating || batch.Status == openai.BatchStatusInProgress) {
		batch, err = client.Batches.Get(ctx, batch.ID)
	}
	switch {
	case err != nil:
		return nil, err
	case batch.Status == openai.BatchStatusFailed:
		return nil, errors.New(batch.Errors.Data[0].Code + ": " + batch.Errors.Data[0].Message)
	}
	results := map[string]heard{}
	for _, id := range []string{batch.OutputFileID, batch.ErrorFileID} {
		if id == "" {
			continue
		}
		content, err := client.Files.Content(ctx, id) //nolint:bodyclose // hearLines closes it
		if err != nil {
			return nil, err
		}
		if err := hearLines(content.Body, results, hear); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func hearLines(body io.ReadCloser, results map[string]heard, hear func(body []byte) (heard, error)) error {
	defer body.Close()
	for d := json.NewDecoder(body); ; {
		var line struct {
			CustomID string `json:"custom_id"`
			Response struct {
				Status int             `json:"status_code"`
				Body   json.RawMessage `json:"body"`
			} `json:"response"`
			Error struct{ Code string }
		}
		err := d.Decode(&line)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case line.Error.Code != "":
			results[line.CustomID] = heard{stop: strings.TrimPrefix(line.Error.Code, "batch_")}
		case line.Response.Status != http.StatusOK:
			results[line.CustomID] = heard{stop: string(line.Response.Body)}
		default:
			if results[line.CustomID], err = hear(line.Response.Body); err != nil {
				return err
			}
		}
	}
}

// cuesOf returns a context with the cues of trials, by keys, of which the last has
// none.
func cuesOf(ctx context.Context, keys []string) (context.Context, map[string]*turncoat.Cue) {
	cues := map[string]*turncoat.Cue{}
	var requests []turncoat.BatchRequest
	for i, key := range keys[:len(keys)-1] {
		cues[key] = acting("x/rate-0.50", i)
		requests = append(requests, turncoat.BatchRequest{Key: key, Request: &turncoat.Request{Cue: cues[key]}})
	}
	return WithCues(ctx, append(requests, turncoat.BatchRequest{Key: keys[len(keys)-1], Request: &turncoat.Request{}})), cues
}

var fiveKeys = []string{"a", "b", "c", "d", "uncued"}

// In a batch, too, the vendors' own clients hear what the stand-in plays in
// process, and every request of it is counted once, however often it is fetched.
func TestVendorsClientsInBatches(t *testing.T) {
	for name, ask := range batchings {
		t.Run(name, func(t *testing.T) {
			server := serve(t, ServerOptions{Batches: BatchOptions{Polls: 1}})
			ctx, cues := cuesOf(t.Context(), fiveKeys)
			got, err := ask(ctx, server.URL, "rate-0.50", fiveKeys)
			if err != nil {
				t.Fatal(err)
			}
			for key, cue := range cues {
				want := generate(t, newModel(t, "rate-0.50"), cue)
				if got[key].text != want.Message.Text() || got[key].model != "standin/rate-0.50" || got[key].output != want.Usage.OutputTokens {
					t.Errorf("%s: in a batch it plays\n%+v\nand in process\n%s", key, got[key], want.Message.Text())
				}
			}
			if !strings.Contains(got["uncued"].stop, "must be told which trial") {
				t.Errorf("without a cue it plays %+v", got["uncued"])
			}
			again := map[string]string{
				"anthropic": "/v1/messages/batches/msgbatch_standin_1/results", "chat": "/v1/files/file-standin-2-output/content", "responses": "/v1/files/file-standin-2-output/content",
			}[name]
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+again, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer any")
			r.Header.Set("anthropic-version", "2023-06-01")
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("the second time, %s is HTTP %d", again, resp.StatusCode)
			}
			var totals handshake
			get(t, server.URL+handshakePath, &totals)
			if want := (handshake{StandIn: true, Totals: Totals{Begun: 4, Finished: 4, Batched: 4}}); totals != want {
				t.Errorf("the handshake says %+v, want %+v", totals, want)
			}
		})
	}
}

// What a request of a batch gets can be chosen.
func TestFates(t *testing.T) {
	fates := map[string]Fate{"a": FateErrored, "b": FateExpired, "c": FateMissing}
	for name, ask := range batchings {
		server := serve(t, ServerOptions{Batches: BatchOptions{Fate: func(key string) Fate { return fates[key] }}})
		ctx, _ := cuesOf(t.Context(), fiveKeys)
		got, err := ask(ctx, server.URL, "rate-0.50", fiveKeys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, told := got["c"]; told || len(got) != 4 || !strings.Contains(got["a"].stop, "wrong") || got["b"].stop != "expired" || got["d"].text == "" {
			t.Errorf("%s: the results are %+v", name, got)
		}
	}
}

// Results can break off, which every client notices, and are whole the next time.
func TestResultsBreakOff(t *testing.T) {
	for name, ask := range batchings {
		server := serve(t, ServerOptions{Batches: BatchOptions{CutOff: 1}})
		for i, cut := range []bool{true, false} {
			ctx, _ := cuesOf(t.Context(), fiveKeys)
			if _, err := ask(ctx, server.URL, "rate-0.50", fiveKeys); (err != nil) != cut {
				t.Errorf("%s: the error of batch %d is %v", name, i, err)
			}
		}
		var totals handshake
		get(t, server.URL+handshakePath, &totals)
		if totals.Begun != 8 || totals.Finished != 4 {
			t.Errorf("%s: the handshake says %+v, want 8 calls of which half were answered in full", name, totals)
		}
	}
}

// With an error rate, requests of a batch fail as they would alone, the same ones
// each time.
func TestFaultsInBatches(t *testing.T) {
	var keys []string
	for i := range 61 {
		keys = append(keys, fmt.Sprintf("k%d", i))
	}
	for name, ask := range batchings {
		server := serve(t, ServerOptions{ErrorRate: 0.5})
		ctx, _ := cuesOf(t.Context(), keys)
		got, err := ask(ctx, server.URL, "rate-0.50", keys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, key := range keys[:60] {
			fault := faults{rate: 0.5}.of(keyOf(i), 1)
			want := "answered"
			switch {
			case fault.refusal() != nil:
				want = fault.refusal().message
			case fault != faultNone:
				want = "expired"
			}
			if h := got[key]; (h.text != "") != (want == "answered") || want != "answered" && !strings.Contains(h.stop, want) {
				t.Errorf("%s, %s: %+v, want %s", name, key, h, want)
			}
		}
	}
}

// A batch takes the latency, and has no results before it has ended.
func TestBatchLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		handler := newHandler(t, ServerOptions{Latency: time.Hour})
		call := func(method, path, body string) (int, string) {
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("x-api-key", "any")
			r.Header.Set("anthropic-version", "2023-06-01")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		const id = "msgbatch_standin_1"
		if status, body := call("POST", "/v1/messages/batches", `{"requests":[{"custom_id":"a","params":{"model":"rate-0.50"}}]}`); status != http.StatusOK || !strings.Contains(body, id) {
			t.Fatalf("HTTP %d: %s", status, body)
		}
		for range 2 {
			if _, body := call("GET", "/v1/messages/batches/"+id, ""); !strings.Contains(body, `"in_progress"`) {
				t.Errorf("before its time the batch is %s", body)
			}
			if status, _ := call("GET", "/v1/messages/batches/"+id+"/results", ""); status != http.StatusBadRequest {
				t.Errorf("before its time its results are HTTP %d", status)
			}
			timer := time.NewTimer(30*time.Minute - time.Second)
			<-timer.C
		}
		timer := time.NewTimer(2 * time.Second)
		<-timer.C
		if _, body := call("GET", "/v1/messages/batches/"+id, ""); !strings.Contains(body, `"ended"`) {
			t.Errorf("after its time the batch is %s", body)
		}
		if status, body := call("GET", "/v1/messages/batches/"+id+"/results", ""); status != http.StatusOK || !strings.Contains(body, "max_tokens: Field required") {
			t.Errorf("after its time its results are HTTP %d: %s", status, body)
		}
	})
}

// What is handed in wrong is refused as the vendors would.
func TestBatchRefusals(t *testing.T) {
	server := serve(t, ServerOptions{})
	for name, c := range map[string]struct {
		protocol string
		keys     []string
		says     string
	}{
		"no requests, Anthropic": {"anthropic", nil, "at least 1 item"},
		"a key twice, Anthropic": {"anthropic", []string{"a", "a"}, "requests.1.custom_id"},
		"a wrong key, Anthropic": {"anthropic", []string{"a b"}, "should match pattern"},
		"no requests, OpenAI":    {"chat", nil, "empty_file"},
		"a key twice, OpenAI":    {"responses", []string{"a", "a"}, "not unique"},
		"a wrong key, OpenAI":    {"responses", []string{""}, "should match pattern"},
		"a request alone":        {"chat", []string{"a"}, ""},
	} {
		_, err := batchings[c.protocol](t.Context(), server.URL, "rate-0.50", c.keys)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error is %v, want one with %q", name, err, c.says)
		}
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/v1/messages/batches/x", "", 404, "no message batch"},
		{"GET", "/v1/messages/batches/x/results", "", 404, "no message batch"},
		{"POST", "/v1/messages/batches", `{`, 400, "not valid JSON"},
		{"GET", "/v1/batches/x", "", 404, "No batch found"},
		{"GET", "/v1/files/x/content", "", 404, "No such File"},
		{"POST", "/v1/files", `{}`, 400, "form"},
		{"POST", "/v1/batches", `{`, 400, "not valid JSON"},
		{"POST", "/v1/batches", `{"endpoint":"/v1/embeddings"}`, 400, "endpoint"},
		{"POST", "/v1/batches", `{"endpoint":"/v1/responses","completion_window":"1h"}`, 400, "24h"},
		{"POST", "/v1/batches", `{"endpoint":"/v1/responses","completion_window":"24h","input_file_id":"x"}`, 400, "no file"},
		{"POST", cuesPath, `{`, 400, "no cues"},
	} {
		for _, key := range []string{"any", ""} {
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("anthropic-version", "2023-06-01")
			if key != "" {
				r.Header.Set("x-api-key", key)
				r.Header.Set("Authorization", "Bearer "+key)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			want := c.status
			if key == "" && c.path != cuesPath {
				want = http.StatusUnauthorized
			}
			if resp.StatusCode != want || want == c.status && !strings.Contains(string(body), c.says) {
				t.Errorf("%s %s %s, key %q: HTTP %d, want %d with %q: %s", c.method, c.path, c.body, key, resp.StatusCode, want, c.says, body)
			}
		}
	}
}

// hears records what a transport is given.
type hears struct{ requests []*http.Request }

// RoundTrip answers as a server that takes cues.
func (h *hears) RoundTrip(r *http.Request) (*http.Response, error) {
	h.requests = append(h.requests, r)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"id":"cues_1"}`)), Header: http.Header{}, Request: r}, nil
}

// Cues are left once for all the requests that hand a batch in, and with loopback
// hosts alone.
func TestCuesAreLeftOnLoopback(t *testing.T) {
	for host, want := range map[string]string{
		"127.0.0.1:1":       "/turncoat-stand-in/cues: /v1/files:cues_1 /v1/batches:cues_1",
		"api.anthropic.com": "/v1/files: /v1/batches:",
		"192.0.2.1":         "/v1/files: /v1/batches:",
	} {
		ctx, _ := cuesOf(t.Context(), fiveKeys)
		base := &hears{}
		for _, path := range []string{"/v1/files", "/v1/batches"} {
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := Transport(base).RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if r.Header.Get(CuesHeader) != "" {
				t.Error("the transport changed the request that it was given")
			}
		}
		var got []string
		for _, r := range base.requests {
			got = append(got, r.URL.Path+":"+r.Header.Get(CuesHeader))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is sent %q, want %q", host, got, want)
		}
	}
}

// A batch whose cues cannot be left is not handed in.
func TestCuesThatAreNotTaken(t *testing.T) {
	for _, answer := range []string{"", "{}", "no JSON"} {
		handedIn := false
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != cuesPath {
				handedIn = true
			}
			if answer == "" {
				w.WriteHeader(http.StatusNotFound)
			}
			_, _ = io.WriteString(w, answer)
		}))
		ctx, _ := cuesOf(t.Context(), fiveKeys)
		if _, err := batchings["anthropic"](ctx, server.URL, "rate-0.50", fiveKeys); err == nil || handedIn {
			t.Errorf("the answer %q: handed in: %t, error %v", answer, handedIn, err)
		}
		server.Close()
	}
}
