package openai_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"turncoat"
	"turncoat/provider/openai"
	"turncoat/provider/providertest"
)

// batchesAt is the Batch API for one of the two endpoints, as
// https://platform.openai.com/docs/api-reference/batch has it.
func batchesAt(endpoint string) providertest.Batches {
	return providertest.Batches{
		Serve: func(t *testing.T, s *providertest.BatchScript) http.Handler {
			return serveBatches(t, s, endpoint)
		},
		Results: "/v1/files/file-replies/content",
		Fails:   true,
	}
}

func serveBatches(t *testing.T, s *providertest.BatchScript, endpoint string) http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
	mux.HandleFunc("POST /v1/files", func(w http.ResponseWriter, r *http.Request) {
		file, header, err := r.FormFile("file")
		if err != nil || r.FormValue("purpose") != "batch" || header.Filename != "batch.jsonl" {
			t.Errorf("a file for %q: %v", r.FormValue("purpose"), err)
			return
		}
		s.Submitted = submitted(t, file, endpoint)
		answer(w, http.StatusOK, `{"id":"file-requests","object":"file","bytes":1,"created_at":1,"filename":"batch.jsonl","purpose":"batch","status":"processed"}`)
	})
	mux.HandleFunc("POST /v1/batches", func(w http.ResponseWriter, r *http.Request) {
		want := fmt.Sprintf(`{"completion_window":"24h","endpoint":%q,"input_file_id":"file-requests","output_expires_after":{"seconds":2592000,"anchor":"created_at"}}`, endpoint)
		if got := readAll(t, r.Body); string(got) != want {
			t.Errorf("a batch is asked for with\n%s, want\n%s", got, want)
		}
		answer(w, http.StatusOK, batchBody(s, endpoint))
	})
	mux.HandleFunc("GET /v1/batches/batch_1", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, batchBody(s, endpoint)) })
	mux.HandleFunc("GET /v1/files/file-replies/content", func(w http.ResponseWriter, _ *http.Request) { writeLines(w, s, isReply) })
	mux.HandleFunc("GET /v1/files/file-errors/content", func(w http.ResponseWriter, _ *http.Request) {
		writeLines(w, s, func(r providertest.ScriptedResult) bool { return !isReply(r) })
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, errorBody("", "there is no such batch"))
	})
	return mux
}

// submitted reads a file of requests.
func submitted(t *testing.T, file io.Reader, endpoint string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct {
			CustomID string          `json:"custom_id"`
			Method   string          `json:"method"`
			URL      string          `json:"url"`
			Body     json.RawMessage `json:"body"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Method != http.MethodPost || line.URL != endpoint {
			t.Errorf("a request is %s: %v", lines.Bytes(), err)
		}
		all[line.CustomID] = line.Body
	}
	return all
}

func isReply(r providertest.ScriptedResult) bool {
	return r.Line != "" || !r.Cancelled && !r.Expired && r.Refused == [2]string{}
}

func batchBody(s *providertest.BatchScript, endpoint string) string {
	status, failures, replies, errors := "in_progress", "null", `""`, "null" // the service gives an empty ID at times
	switch {
	case s.Failure != "":
		status = "failed"
		failures = fmt.Sprintf(`{"object":"list","data":[{"code":"some_code","message":%s,"param":null,"line":null},{"code":"x","message":"y","line":2}]}`, quoted(s.Failure))
	case s.Ended:
		status, replies = "completed", `"file-replies"`
	}
	for _, r := range s.Results {
		if !isReply(r) {
			errors = `"file-errors"`
		}
		if r.Expired {
			status = "expired"
		}
	}
	return fmt.Sprintf(`{"id":"batch_1","object":"batch","endpoint":%q,"errors":%s,"input_file_id":"file-requests","completion_window":"24h",
		"status":%q,"output_file_id":%s,"error_file_id":%s,"created_at":1,"request_counts":{"total":%d,"completed":%d,"failed":0},"metadata":null}`,
		endpoint, failures, status, replies, errors, s.Requests, s.Over)
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func writeLines(w http.ResponseWriter, s *providertest.BatchScript, wanted func(providertest.ScriptedResult) bool) {
	w.Header().Set("Content-Type", "application/octet-stream")
	for _, r := range s.Results {
		if wanted(r) {
			fmt.Fprintln(w, outputLine(r))
		}
	}
}

func outputLine(r providertest.ScriptedResult) string {
	response, failure := "null", "null"
	switch {
	case r.Line != "":
		return r.Line
	case r.Cancelled:
		failure = `{"code":"batch_cancelled","message":"This request was not executed because the batch was cancelled."}`
	case r.Expired:
		failure = `{"code":"batch_expired","message":"This request could not be executed before the completion window expired."}`
	case r.Refused != [2]string{}:
		response = `{"status_code":400,"request_id":"req_1","body":` + errorBody(r.Refused[0], r.Refused[1]) + `}`
	default:
		var body bytes.Buffer
		if err := json.Compact(&body, []byte(r.Body)); err != nil {
			panic(err)
		}
		response = `{"status_code":200,"request_id":"req_1","body":` + body.String() + `}`
	}
	return fmt.Sprintf(`{"id":"batch_req_1","custom_id":%q,"response":%s,"error":%s}`, r.Key, response, failure)
}

// A batch may end without a line for each of its requests, and without one of its
// files, or both.
func TestBatchFiles(t *testing.T) {
	reply := func(key string) string {
		return outputLine(providertest.ScriptedResult{Key: key, Body: completion(`"content":"All is well."`, `"stop"`)}) + "\n"
	}
	expired := outputLine(providertest.ScriptedResult{Key: "c", Expired: true}) + "\n"
	for name, c := range map[string]struct {
		batch           string // fields beside its ID
		replies, errors string
		keys            string
		kind            turncoat.ErrorKind // of the error that ends the results; "": there is none
		says            string
	}{
		"expired in part, some without a line": {
			batch:   `"status":"expired","output_file_id":"replies","error_file_id":"errors","request_counts":{"total":9,"completed":2,"failed":0}`,
			replies: reply("a") + reply("b"), errors: expired, keys: "a b c",
		},
		"cancelled in part": {
			batch:   `"status":"cancelled","output_file_id":"replies","error_file_id":null,"request_counts":{"total":9,"completed":1,"failed":0}`,
			replies: reply("a"), keys: "a",
		},
		"errors alone": {
			batch:  `"status":"completed","error_file_id":"errors","request_counts":{"total":1,"completed":0,"failed":1}`,
			errors: expired, keys: "c",
		},
		"errors that are missing": {
			batch:   `"status":"completed","output_file_id":"replies","request_counts":{"total":2,"completed":1,"failed":1}`,
			replies: reply("a"), keys: "a", kind: turncoat.ErrorMalformed, says: "results of 1 requests, and the service counts 2",
		},
		"expired without a file": {
			batch: `"status":"expired","output_file_id":"","error_file_id":"","request_counts":{"total":9,"completed":0,"failed":0}`,
			kind:  turncoat.ErrorRequest, says: "nothing in it was answered",
		},
		"completed without a file": {
			batch: `"status":"completed","request_counts":{"total":9,"completed":0,"failed":0}`,
			kind:  turncoat.ErrorMalformed, says: "no file",
		},
		"completed without counts": {
			batch: `"status":"completed","output_file_id":"replies"`,
			kind:  turncoat.ErrorMalformed, says: "does not count",
		},
		"failed without a reason": {
			batch: `"status":"failed","errors":null`,
			kind:  turncoat.ErrorRequest, says: "no reason",
		},
		"failed for one of several reasons": {
			batch: `"status":"failed","errors":{"data":[{"code":"invalid_json_line","message":"This line is not JSON.","line":7},{"code":"x"}]}`,
			kind:  turncoat.ErrorRequest, says: "invalid_json_line: line 7 of the requests: This line is not JSON. (and 1 more reasons)",
		},
		"failed for lack of credit": {
			batch: `"status":"failed","errors":{"data":[{"code":"billing_hard_limit_reached","message":"Billing hard limit has been reached."}]}`,
			kind:  turncoat.ErrorQuota, says: "hard limit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			mux := http.NewServeMux()
			for path, body := range map[string]string{
				"/v1/batches/batch_1": `{"id":"batch_1",` + c.batch + `}`, "/v1/files/replies/content": c.replies, "/v1/files/errors/content": c.errors,
			} {
				mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					fmt.Fprint(w, body)
				})
			}
			var keys []string
			var failed error
			for r, err := range openai.NewChat(config(newServerOf(t, mux), http.DefaultClient)).BatchResults(t.Context(), "batch_1") {
				if failed = err; err == nil {
					keys = append(keys, r.Key)
				}
				if r.Reply != nil && r.Reply.RequestID != "req_1" {
					t.Errorf("the request's ID is %q", r.Reply.RequestID)
				}
			}
			if got := strings.Join(keys, " "); got != c.keys {
				t.Errorf("there are results of %q, want %q", got, c.keys)
			}
			if turncoat.ErrorKindOf(failed) != c.kind || (failed == nil) != (c.kind == "") || failed != nil && !strings.Contains(failed.Error(), c.says) {
				t.Errorf("the error is %v, want one of the kind %q that says %q", failed, c.kind, c.says)
			}
		})
	}
}

// A compatible server that takes no batches is told apart from a batch that does
// not exist.
func TestBatchHint(t *testing.T) {
	m := openai.NewChat(config(newServerOf(t, http.NewServeMux()), http.DefaultClient))
	_, err := m.SubmitBatch(t.Context(), []turncoat.BatchRequest{{Key: "a", Request: question()}})
	if turncoat.ErrorKindOf(err) != turncoat.ErrorRequest || !strings.Contains(err.Error(), "may not take batches") {
		t.Errorf("the error is %v", err)
	}
}
