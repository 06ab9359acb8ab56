package standin

import (
	"encoding/json"
	"net/http"
	"time"
)

// maxMessages bounds the requests of a batch, as Anthropic's API does.
const maxMessages = 100_000

// batchLife is how long a batch may take before it expires.
const batchLife = 24 * time.Hour

// serveMessageBatches serves the part of the Message Batches API that hands
// batches in and fetches them
// (https://platform.claude.com/docs/en/api/messages/batches).
func (s *server) serveMessageBatches(mux *http.ServeMux) {
	p := anthropicMessages{}
	mux.Handle("POST /v1/messages/batches", s.serve(p, s.createMessageBatch))
	mux.Handle("GET /v1/messages/batches/{id}", s.serve(p, s.showMessageBatch))
	mux.Handle("GET /v1/messages/batches/{id}/results", s.serve(p, s.sendMessageResults))
}

func (s *server) createMessageBatch(w http.ResponseWriter, r *http.Request) *refusal {
	var asked struct {
		Requests []struct {
			CustomID string          `json:"custom_id"`
			Params   json.RawMessage `json:"params"`
		} `json:"requests"`
	}
	if wrong := readJSON(w, r, &asked); wrong != nil {
		return wrong
	}
	keys := make([]string, len(asked.Requests))
	for i, request := range asked.Requests {
		keys[i] = request.CustomID
	}
	switch at, problem := checkKeys(keys); {
	case len(keys) == 0:
		return refuse(http.StatusBadRequest, "requests: List should have at least 1 item")
	case len(keys) > maxMessages:
		return refuse(http.StatusBadRequest, "requests: List should have at most %d items", maxMessages)
	case problem != "":
		return refuse(http.StatusBadRequest, "requests.%d.%s", at, problem)
	}
	sheet := r.Header.Get(CuesHeader)
	cues := s.cues.of(sheet)
	b := &batch{id: "msgbatch_standin_" + s.desk.number()}
	for _, request := range asked.Requests {
		b.outcomes = append(b.outcomes, s.outcome(anthropicMessages{}, request.CustomID, request.Params, cues[request.CustomID]))
	}
	s.desk.take(b)
	s.cues.drop(sheet)
	respond(w, http.StatusOK, s.messageBatch(r, b, false))
	return nil
}

func (s *server) showMessageBatch(w http.ResponseWriter, r *http.Request) *refusal {
	b, ended := s.desk.ask(r.PathValue("id"))
	if b == nil {
		return noMessageBatch(r)
	}
	respond(w, http.StatusOK, s.messageBatch(r, b, ended))
	return nil
}

func noMessageBatch(r *http.Request) *refusal {
	return refuse(http.StatusNotFound, "There is no message batch %q.", r.PathValue("id"))
}

// messageBatch is what the API says of a batch. It counts what became of requests
// only once the batch has ended.
func (s *server) messageBatch(r *http.Request, b *batch, ended bool) object {
	said := object{
		"id":                  b.id,
		"type":                "message_batch",
		"processing_status":   "in_progress",
		"request_counts":      object{"processing": len(b.outcomes), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
		"created_at":          b.created.UTC(),
		"expires_at":          b.created.Add(batchLife).UTC(),
		"ended_at":            nil,
		"archived_at":         nil,
		"cancel_initiated_at": nil,
		"results_url":         nil,
	}
	if ended {
		said["processing_status"] = "ended"
		said["ended_at"] = b.ends(s.latency).UTC()
		said["results_url"] = "http://" + r.Host + "/v1/messages/batches/" + b.id + "/results"
		said["request_counts"] = object{
			"processing": 0, "canceled": 0,
			"succeeded": b.count(FateAnswered) + b.count(FateMissing),
			"errored":   b.count(FateErrored),
			"expired":   b.count(FateExpired),
		}
	}
	return said
}

func (s *server) sendMessageResults(w http.ResponseWriter, r *http.Request) *refusal {
	b, ended := s.desk.fetch(r.PathValue("id"))
	if b == nil {
		return noMessageBatch(r)
	}
	if !ended {
		return refuse(http.StatusBadRequest, "The results of the message batch %s are there once it has ended.", b.id)
	}
	var lines []any
	for _, o := range b.outcomes {
		if o.fate != FateMissing {
			lines = append(lines, object{"custom_id": o.key, "result": messageResult(o)})
		}
	}
	if s.sendLines(w, "application/x-jsonl", lines) {
		s.finish(b)
	}
	return nil
}

func messageResult(o outcome) object {
	said := object{"type": string(o.fate)} // errored or expired
	switch {
	case o.fate == FateAnswered:
		said["type"], said["message"] = "succeeded", anthropicMessages{}.answer(o.answer.answer)
	case o.refused != nil:
		said["error"] = anthropicMessages{}.failure("", o.refused)
	}
	return said
}
