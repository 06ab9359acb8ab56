package anthropic_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"turncoat/provider/providertest"
)

// batches is the Message Batches API as
// https://platform.claude.com/docs/en/api/messages/batches has it.
var batches = providertest.Batches{Serve: serveBatches, Results: "/v1/messages/batches/batch_1/results"}

func serveBatches(t *testing.T, s *providertest.BatchScript) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages/batches", func(w http.ResponseWriter, r *http.Request) {
		var sent struct {
			Requests []struct {
				CustomID string          `json:"custom_id"`
				Params   json.RawMessage `json:"params"`
			} `json:"requests"`
		}
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		s.Submitted = map[string]json.RawMessage{}
		for _, request := range sent.Requests {
			s.Submitted[request.CustomID] = request.Params
		}
		writeBatch(w, s)
	})
	mux.HandleFunc("GET /v1/messages/batches/batch_1", func(w http.ResponseWriter, _ *http.Request) { writeBatch(w, s) })
	mux.HandleFunc("GET /v1/messages/batches/batch_1/results", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-jsonl")
		for _, result := range s.Results {
			fmt.Fprintln(w, resultLine(result))
		}
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, errorBody("not_found_error", "there is no such batch"))
	})
	return mux
}

func writeBatch(w http.ResponseWriter, s *providertest.BatchScript) {
	status, ended, results := "in_progress", "null", "null"
	if s.Ended {
		status, ended, results = "ended", `"2026-01-02T03:05:05Z"`, `"https://api.anthropic.com/v1/messages/batches/batch_1/results"`
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"batch_1","type":"message_batch","processing_status":%q,
		"request_counts":{"processing":%d,"succeeded":%d,"errored":0,"canceled":0,"expired":0},
		"created_at":"2026-01-02T03:04:05Z","expires_at":"2026-01-03T03:04:05Z","ended_at":%s,
		"archived_at":null,"cancel_initiated_at":null,"results_url":%s}`, status, s.Requests-s.Over, s.Over, ended, results)
}

func resultLine(r providertest.ScriptedResult) string {
	var result string
	switch {
	case r.Line != "":
		return r.Line
	case r.Cancelled:
		result = `{"type":"canceled"}`
	case r.Expired:
		result = `{"type":"expired"}`
	case r.Refused != [2]string{}:
		result = `{"type":"errored","error":` + errorBody(r.Refused[0], r.Refused[1]) + `}`
	default:
		result = `{"type":"succeeded","message":` + strings.ReplaceAll(r.Body, "\n", "") + `}`
	}
	return fmt.Sprintf(`{"custom_id":%q,"result":%s}`, r.Key, result)
}

func errorBody(code, message string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, code, message)
}
