package providertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"turncoat"
)

// BatchID is the ID of the suite's batches.
const BatchID = "batch_1"

// Batches is a protocol's way to be asked in bulk.
type Batches struct {
	// Serve returns a service that takes a batch, gives it the ID [BatchID], and
	// goes on with it as the script says. It knows no other batch.
	Serve   func(t *testing.T, s *BatchScript) http.Handler
	Results string // path of the results that are replies
	Fails   bool   // the protocol knows batches that fail as a whole
}

// BatchScript says how it goes with a batch.
type BatchScript struct {
	Ended    bool
	Requests int // in the batch
	Over     int // of them, as the service counts
	Failure  string
	Results  []ScriptedResult

	Submitted map[string]json.RawMessage // what came in, by key, as it would be asked on its own
}

// ScriptedResult is what a service has to say of one request: the first of the
// fields that is set, from below.
type ScriptedResult struct {
	Key       string
	Body      string    // of a reply
	Refused   [2]string // code and message
	Expired   bool
	Cancelled bool
	Line      string // a line of the file of replies, as it is
}

// testBatches runs the suite's part on batches.
func testBatches(t *testing.T, p Protocol) {
	for name, test := range map[string]func(*testing.T, Protocol){
		"submit":    testSubmit,
		"refused":   testRefusedBatches,
		"status":    testBatchStatus,
		"results":   testBatchResults,
		"spoiled":   testSpoiledResults,
		"cut off":   testCutOffResults,
		"no result": testNoResults,
		"errors":    testBatchErrors,
		"malformed": testMalformedBatches,
		"left":      testResultsLeft,
		"context":   testBatchContext,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

// batchModel returns a client of a service with a script.
func batchModel(t *testing.T, p Protocol, s *BatchScript, wrap func(http.Handler) http.Handler) turncoat.BatchModel {
	t.Helper()
	handler := p.Batches.Serve(t, s)
	if wrap != nil {
		handler = wrap(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newBatchModel(t, p, server.URL)
}

func newBatchModel(t *testing.T, p Protocol, url string) turncoat.BatchModel {
	t.Helper()
	m, ok := p.New(url, client()).(turncoat.BatchModel)
	if !ok {
		t.Fatal("the model takes no batches")
	}
	return m
}

// results reads all results of the suite's batch, by key, and the error that
// ended them.
func results(ctx context.Context, t *testing.T, m turncoat.BatchModel) (map[string]turncoat.BatchResult, error) {
	t.Helper()
	got := map[string]turncoat.BatchResult{}
	var failed error
	for r, err := range m.BatchResults(ctx, BatchID) {
		switch {
		case failed != nil:
			t.Errorf("after the error %v comes %+v, %v", failed, r, err)
		case err != nil:
			failed = err
		case (r.Reply == nil) == (r.Err == nil):
			t.Errorf("the result of %q has a reply and an error, or neither: %+v", r.Key, r)
		default:
			got[r.Key] = r
		}
	}
	return got, failed
}

// Every request is written as it would be if it were asked on its own.
func testSubmit(t *testing.T, p Protocol) {
	temperature := 0.5
	plain, full := question(), question()
	full.Messages[0].Parts[0].Text = "You have mail: <b>\"one\"</b> & more\n…"
	full.Parameters = turncoat.Parameters{MaxTokens: 77, Temperature: &temperature, Effort: "low"}
	full.Schema = json.RawMessage(`{"type":"object","properties":{"answer":{"type":"string"}},"required":["answer"],"additionalProperties":false}`)
	full.Tools = []turncoat.Tool{{Name: "send", Schema: json.RawMessage(`{"type":"object"}`)}}
	full.Messages = append(full.Messages,
		turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &turncoat.ToolCall{ID: "call_1", Name: "send", Arguments: json.RawMessage(`{"to":"a"}`)}}}},
		turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{CallID: "call_1", Text: "sent"}}}})
	requests := []turncoat.BatchRequest{
		{Key: "plain", Request: plain},
		{Key: strings.Repeat("Az09_-", 11)[:64], Request: full},
	}
	script := &BatchScript{}
	header := http.Header{}
	m := batchModel(t, p, script, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			maps.Copy(header, r.Header)
			h.ServeHTTP(w, r)
		})
	})
	id, err := m.SubmitBatch(t.Context(), requests)
	if err != nil || id != BatchID {
		t.Fatalf("the ID is %q, the error %v", id, err)
	}
	if len(script.Submitted) != len(requests) {
		t.Fatalf("%d requests came in, want %d", len(script.Submitted), len(requests))
	}
	for _, r := range requests {
		alone := serve(t, http.StatusOK, nil, p.Text)
		if _, err := p.New(alone.URL, client()).Generate(t.Context(), r.Request); err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := errors.Join(json.Unmarshal(alone.body, &want), json.Unmarshal(script.Submitted[r.Key], &got)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("request %s (-alone +in the batch):\n%s", r.Key, diff)
		}
	}
	if !strings.Contains(header.Get("Authorization")+header.Get("X-Api-Key"), Key) {
		t.Error("no key was sent")
	}
	for name := range header {
		if strings.HasPrefix(name, "Turncoat") {
			t.Errorf("a service was sent the header %s", name)
		}
	}
}

// A batch of which one request cannot be sent as it was meant is not sent.
func testRefusedBatches(t *testing.T, p Protocol) {
	s := serve(t, http.StatusOK, nil, "{}")
	m := newBatchModel(t, p, s.URL)
	one := turncoat.BatchRequest{Key: "a", Request: question()}
	limits := m.BatchLimits()
	if limits.Requests < 1000 || limits.Bytes < 1<<20 {
		t.Errorf("the limits are %+v", limits)
	}
	empty := question()
	empty.Messages = nil
	for name, requests := range map[string][]turncoat.BatchRequest{
		"none":            nil,
		"a key twice":     {one, one},
		"no key":          {{Request: question()}},
		"a long key":      {{Key: strings.Repeat("a", 65), Request: question()}},
		"a key of others": {{Key: "a/b", Request: question()}},
		"no request":      {{Key: "a"}},
		"a wrong request": {one, {Key: "b", Request: empty}},
		"too many":        make([]turncoat.BatchRequest, limits.Requests+1),
	} {
		if _, err := m.SubmitBatch(t.Context(), requests); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
			t.Errorf("%s: the error is %v, want one of the kind %s", name, err, turncoat.ErrorRequest)
		}
	}
	if s.body != nil {
		t.Errorf("something was sent: %.100s", s.body)
	}
}

func testBatchStatus(t *testing.T, p Protocol) {
	for _, script := range []BatchScript{
		{Requests: 5},
		{Requests: 5, Over: 5, Ended: true},
	} {
		want := turncoat.BatchStatus{Ended: script.Ended, Answered: script.Over, Requests: script.Requests}
		got, err := batchModel(t, p, &script, nil).Batch(t.Context(), BatchID)
		if err != nil || got != want {
			t.Errorf("the status is %+v, %v; want %+v", got, err, want)
		}
	}
}

// Results come under their keys, in any order; what is a reply to one request is
// one to a request of a batch; and what went wrong with one is nobody else's.
func testBatchResults(t *testing.T, p Protocol) {
	script := &BatchScript{Ended: true, Results: []ScriptedResult{
		{Key: "c", Body: p.Refusal}, {Key: "a", Body: p.Text}, {Key: "d", Body: p.Length},
		{Key: "e", Refused: [2]string{"invalid_request_error", "what went wrong, with " + Key}},
		{Key: "f", Refused: [2]string{"content_filter", "not this"}},
		{Key: "g", Expired: true}, {Key: "h", Cancelled: true}, {Key: "b", Body: p.Tool}, {Key: "i", Body: `{"nothing":1}`},
	}}
	script.Requests, script.Over = len(script.Results), len(script.Results)
	got, err := results(t.Context(), t, batchModel(t, p, script, nil))
	if err != nil {
		t.Fatal(err)
	}
	for key, body := range map[string]string{"a": p.Text, "b": p.Tool, "c": p.Refusal, "d": p.Length} {
		alone, err := p.New(serve(t, http.StatusOK, nil, body).URL, client()).Generate(t.Context(), question())
		if err != nil {
			t.Fatal(err)
		}
		alone.Batched, alone.RequestID = true, ""
		reply := got[key].Reply
		if reply == nil {
			t.Errorf("%s: no reply came: %v", key, got[key].Err)
			continue
		}
		reply.RequestID = ""
		if diff := cmp.Diff(alone, reply); diff != "" {
			t.Errorf("%s (-alone +in the batch):\n%s", key, diff)
		}
	}
	if r := got["f"].Reply; r == nil || r.Stop != turncoat.StopFilter || !strings.Contains(r.StopDetail, "not this") || !r.Batched {
		t.Errorf("what the filter stopped is %+v, %v", r, got["f"].Err)
	}
	for key, want := range map[string]struct {
		kind turncoat.ErrorKind
		says string
	}{
		"e": {turncoat.ErrorRequest, "what went wrong"},
		"g": {turncoat.ErrorOverloaded, "expired"},
		"h": {"", "cancelled"},
		"i": {turncoat.ErrorMalformed, "unusable"},
	} {
		if err := got[key].Err; err == nil || turncoat.ErrorKindOf(err) != want.kind || !strings.Contains(err.Error(), want.says) || strings.Contains(err.Error(), Key) {
			t.Errorf("%s: the error is %v, want one of the kind %q that says %q", key, err, want.kind, want.says)
		}
	}
	if keys := slices.Sorted(maps.Keys(got)); strings.Join(keys, "") != "abcdefghi" {
		t.Errorf("there are results for %v", keys)
	}
}

// What cannot be read is an error, and never fewer results.
func testSpoiledResults(t *testing.T, p Protocol) {
	good := []ScriptedResult{{Key: "a", Body: p.Text}, {Key: "b", Body: p.Text}}
	for name, c := range map[string]struct {
		results []ScriptedResult
		over    int
	}{
		"whole lines are missing": {good, 3},
		"all lines are missing":   {nil, 3},
		"half a line":             {append(good[:2:2], ScriptedResult{Line: `{"custom_id":"c","resu`}), 3},
		"no JSON":                 {append(good[:2:2], ScriptedResult{Line: `<html>busy</html>`}), 3},
		"no object":               {append(good[:2:2], ScriptedResult{Line: `["c"]`}), 3},
		"no key":                  {append(good[:2:2], ScriptedResult{Line: `{}`}), 3},
		"no such key":             {append(good[:2:2], ScriptedResult{Key: "c d", Body: p.Text}), 3},
		"a key twice":             {append(good[:2:2], good[0]), 2},
	} {
		got, err := results(t.Context(), t, batchModel(t, p, &BatchScript{Ended: true, Requests: 3, Over: c.over, Results: c.results}, nil))
		if turncoat.ErrorKindOf(err) != turncoat.ErrorMalformed {
			t.Errorf("%s: the error is %v, want one of the kind %s", name, err, turncoat.ErrorMalformed)
		}
		if len(got) != min(len(c.results), len(good)) { // all that could be read
			t.Errorf("%s: %d results came before it", name, len(got))
		}
	}
}

// Results that end in the middle, by the connection's end, are an error of the
// network.
func testCutOffResults(t *testing.T, p Protocol) {
	script := &BatchScript{Ended: true, Requests: 3, Over: 3, Results: []ScriptedResult{
		{Key: "a", Body: p.Text}, {Key: "b", Body: p.Text}, {Key: "c", Body: p.Text},
	}}
	for _, lost := range []int{1, 100, 100_000} { // bytes
		got, err := results(t.Context(), t, batchModel(t, p, script, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != p.Batches.Results {
					h.ServeHTTP(w, r)
					return
				}
				whole := httptest.NewRecorder()
				h.ServeHTTP(whole, r)
				w.Header().Set("Content-Length", strconv.Itoa(whole.Body.Len()))
				_, _ = w.Write(whole.Body.Bytes()[:max(0, whole.Body.Len()-lost)])
			})
		}))
		if turncoat.ErrorKindOf(err) != turncoat.ErrorNetwork || len(got) > 2 {
			t.Errorf("%d bytes lost: %d results and the error %v, want one of the kind %s", lost, len(got), err, turncoat.ErrorNetwork)
		}
	}
}

// A batch without results says why.
func testNoResults(t *testing.T, p Protocol) {
	running := &BatchScript{Requests: 2}
	got, err := results(t.Context(), t, batchModel(t, p, running, nil))
	if turncoat.ErrorKindOf(err) != turncoat.ErrorRequest || !strings.Contains(err.Error(), "no results yet") || len(got) > 0 {
		t.Errorf("of a batch under way there are %v and the error %v", got, err)
	}
	if !p.Batches.Fails {
		return
	}
	for failure, want := range map[string]turncoat.ErrorKind{
		"line 7 has no URL, " + Key:          turncoat.ErrorRequest,
		"You exceeded your current quota.":   turncoat.ErrorQuota,
		"two\nlines and \x1b[31mred\x1b[0m.": turncoat.ErrorRequest,
	} {
		m := batchModel(t, p, &BatchScript{Ended: true, Failure: failure}, nil)
		status, err := m.Batch(t.Context(), BatchID)
		if err != nil || !status.Ended || status.Failed == nil {
			t.Errorf("a batch that failed is %+v, %v", status, err)
			continue
		}
		got, err := results(t.Context(), t, m)
		if err == nil || err.Error() != status.Failed.Error() {
			t.Errorf("the batch failed because of %v, and its results end with %v", status.Failed, err)
		}
		if err == nil || turncoat.ErrorKindOf(err) != want || !strings.Contains(err.Error(), failure[:3]) || len(got) > 0 {
			t.Errorf("of a batch that failed because %q there are %v and the error %v", failure, got, err)
			continue
		}
		if strings.Contains(err.Error(), Key) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("the error says %q", err)
		}
	}
}

// calls are all calls about batches.
func calls(ctx context.Context, m turncoat.BatchModel) map[string]func() error {
	return map[string]func() error{
		"SubmitBatch": func() error {
			_, err := m.SubmitBatch(ctx, []turncoat.BatchRequest{{Key: "a", Request: question()}})
			return err
		},
		"Batch": func() error {
			_, err := m.Batch(ctx, BatchID)
			return err
		},
		"BatchResults": func() error {
			for _, err := range m.BatchResults(ctx, BatchID) {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func testBatchErrors(t *testing.T, p Protocol) {
	for _, c := range []struct {
		status int
		code   string
		want   turncoat.ErrorKind
	}{
		{http.StatusBadRequest, "invalid_request_error", turncoat.ErrorRequest},
		{http.StatusBadRequest, "content_filter", turncoat.ErrorRequest},
		{http.StatusUnauthorized, "authentication_error", turncoat.ErrorAuth},
		{http.StatusNotFound, "not_found_error", turncoat.ErrorRequest},
		{http.StatusRequestEntityTooLarge, "request_too_large", turncoat.ErrorRequest},
		{http.StatusTooManyRequests, "rate_limit_error", turncoat.ErrorRateLimit},
		{http.StatusTooManyRequests, "insufficient_quota", turncoat.ErrorQuota},
		{http.StatusInternalServerError, "api_error", turncoat.ErrorServer},
		{529, "overloaded_error", turncoat.ErrorOverloaded},
	} {
		s := serve(t, c.status, http.Header{"Retry-After": {"7"}}, p.Error(c.code, "what went wrong, with "+Key))
		for name, call := range calls(t.Context(), newBatchModel(t, p, s.URL)) {
			wantBatchError(t, fmt.Sprintf("%s, %d %s", name, c.status, c.code), call(), c.want, c.status)
		}
		// Or else it is the results alone that cannot be had.
		m := batchModel(t, p, &BatchScript{Ended: true, Requests: 1, Over: 1, Results: []ScriptedResult{{Key: "a", Body: p.Text}}}, func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == p.Batches.Results {
					h = s.Config.Handler
				}
				h.ServeHTTP(w, r)
			})
		})
		wantBatchError(t, fmt.Sprintf("results, %d %s", c.status, c.code), calls(t.Context(), m)["BatchResults"](), c.want, c.status)
	}
	filtered := serve(t, http.StatusOK, nil, p.Error("content_filter", "what went wrong"))
	for name, call := range calls(t.Context(), newBatchModel(t, p, filtered.URL)) {
		wantBatchError(t, name+", filtered with 200", call(), turncoat.ErrorRequest, 0)
	}
	m := batchModel(t, p, &BatchScript{}, nil)
	if _, err := m.Batch(t.Context(), "batch_2"); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
		t.Errorf("of a batch that does not exist the error is %v", err)
	}
	if _, err := m.Batch(t.Context(), ""); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest {
		t.Errorf("of no batch the error is %v", err)
	}
	s := serve(t, http.StatusFound, http.Header{"Location": {"http://elsewhere.example/"}}, "")
	for name, call := range calls(t.Context(), newBatchModel(t, p, s.URL)) {
		if err := call(); turncoat.ErrorKindOf(err) != turncoat.ErrorRequest || !strings.Contains(err.Error(), "elsewhere.example") {
			t.Errorf("%s, redirected: the error is %v", name, err)
		}
	}
	s.Close()
	for name, call := range calls(t.Context(), newBatchModel(t, p, s.URL)) {
		if err := call(); turncoat.ErrorKindOf(err) != turncoat.ErrorNetwork {
			t.Errorf("%s, without a connection: the error is %v", name, err)
		}
	}
}

func wantBatchError(t *testing.T, name string, err error, kind turncoat.ErrorKind, status int) {
	t.Helper()
	failed, ok := errors.AsType[*turncoat.ModelError](err)
	switch {
	case !ok || failed.Kind != kind:
		t.Errorf("%s: the error is %v, want one of the kind %s", name, err, kind)
	case !strings.Contains(err.Error(), "what went wrong") && !strings.Contains(err.Error(), "content filter") || strings.Contains(err.Error(), Key):
		t.Errorf("%s: the error says %q", name, err)
	case failed.Status != 0 && (failed.Status != status || failed.RetryAfter != 7*time.Second):
		t.Errorf("%s: the error is %#v, want the status and the wait", name, failed)
	}
}

// An answer about a batch that is not what the API promises is an error.
func testMalformedBatches(t *testing.T, p Protocol) {
	for _, body := range []string{"", "null", "[]", `"text"`, "{}", "<html>busy</html>", `{"id":""}`, `{"id":null}`, `{"id":"batch_1"}`, `{"id":"batch_1","status":"novelty","processing_status":"novelty","request_counts":{}}`} {
		s := serve(t, http.StatusOK, nil, body)
		for name, call := range calls(t.Context(), newBatchModel(t, p, s.URL)) {
			if err := call(); turncoat.ErrorKindOf(err) != turncoat.ErrorMalformed {
				t.Errorf("%s, body %q: the error is %v, want one of the kind %s", name, body, err, turncoat.ErrorMalformed)
			}
		}
	}
}

// Whoever has seen enough leaves, and the connection is given back.
func testResultsLeft(t *testing.T, p Protocol) {
	script := &BatchScript{Ended: true, Requests: 2, Over: 2, Results: []ScriptedResult{{Key: "a", Body: p.Text}, {Key: "b", Body: p.Text}}}
	open := &openBodies{base: inProcess{p.Batches.Serve(t, script)}}
	m, ok := p.New("http://service.test", &http.Client{Transport: open}).(turncoat.BatchModel)
	if !ok {
		t.Fatal("the model takes no batches")
	}
	seen := 0
	for r, err := range m.BatchResults(t.Context(), BatchID) {
		if err != nil || r.Key != "a" {
			t.Errorf("the first result is %+v, %v", r, err)
		}
		seen++
		break
	}
	if seen != 1 || open.n != 0 {
		t.Errorf("after %d results, %d bodies are still open", seen, open.n)
	}
}

// openBodies counts the bodies of answers that nobody has closed.
type openBodies struct {
	base http.RoundTripper
	n    int
}

// RoundTrip returns what the base answers.
func (o *openBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.base.RoundTrip(r)
	if err == nil {
		o.n++
		resp.Body = &openBody{ReadCloser: resp.Body, of: o}
	}
	return resp, err
}

type openBody struct {
	io.ReadCloser
	of     *openBodies
	closed bool
}

// Close closes the body, and counts that once.
func (b *openBody) Close() error {
	if !b.closed {
		b.closed = true
		b.of.n--
	}
	return b.ReadCloser.Close()
}

// A context that ends while results come is told apart from a connection that does.
func testBatchContext(t *testing.T, p Protocol) {
	script := &BatchScript{Ended: true, Requests: 2, Over: 2, Results: []ScriptedResult{{Key: "a", Body: p.Text}, {Key: "b", Body: p.Text}}}
	release := make(chan struct{})
	m := batchModel(t, p, script, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != p.Batches.Results {
				h.ServeHTTP(w, r)
				return
			}
			whole := httptest.NewRecorder()
			h.ServeHTTP(whole, r)
			first, _, _ := strings.Cut(whole.Body.String(), "\n")
			_, _ = io.WriteString(w, first+"\n")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
			case <-release:
			}
		})
	})
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var failed error
	for _, err := range m.BatchResults(ctx, BatchID) {
		failed = err
		cancel() // once the first result has come
	}
	if !errors.Is(failed, context.Canceled) || turncoat.ErrorKindOf(failed) != "" {
		t.Errorf("the error is %v, want that of the context", failed)
	}
}

// FuzzBatchResults fuzzes what a service may write where a batch's results are
// promised: each line is one result, with a reply or an error, or ends them all
// with an error.
func FuzzBatchResults(f *testing.F, p Protocol) {
	text := strings.ReplaceAll(p.Text, "\n", "")
	for _, lines := range []string{
		"", "{}", `{"custom_id":"a"}`, "{\"custom_id\":\"\x1b[2J\"}\n\n{\"custom_id\":\"b\"}",
		`{"custom_id":"a","result":{"type":"succeeded","message":` + text + `}}`,
		`{"custom_id":"a","result":{"type":"errored","error":` + p.Error("x", Key) + `}}`,
		`{"custom_id":"a","result":{"type":"` + "\xff" + `"}}`,
		`{"custom_id":"a","response":{"status_code":200,"body":` + text + `}}`,
		`{"custom_id":"a","response":{"status_code":302,"body":null}}`,
		`{"custom_id":"a","error":{"code":5,"message":"` + Key + `"}}`,
	} {
		f.Add(lines)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		handler := p.Batches.Serve(t, &BatchScript{Ended: true, Results: []ScriptedResult{{Line: lines + "\n"}}})
		m, ok := p.New("http://service.test", &http.Client{Transport: inProcess{handler}}).(turncoat.BatchModel)
		if !ok {
			t.Fatal("the model takes no batches")
		}
		got, err := results(t.Context(), t, m)
		if n := len(strings.Fields(lines)); len(got) > 0 && n == 0 {
			t.Errorf("nothing was written, and there are %d results", len(got))
		}
		for key, r := range got {
			if strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != "" || key == "" {
				t.Errorf("a result has the key %q, which no request can have", key)
			}
			err = errors.Join(err, r.Err)
		}
		if err != nil && strings.Contains(err.Error(), Key) {
			t.Errorf("the key is in an error: %v", err)
		}
	})
}

// inProcess is a transport to a handler, without a network.
type inProcess struct{ handler http.Handler }

// RoundTrip returns what the handler answers.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}
