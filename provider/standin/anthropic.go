package standin

import (
	"encoding/json"
	"net/http"
	"time"
)

// anthropicMessages is the Messages API of Anthropic, as its reference had it
// in version 2023-06-01 (https://docs.anthropic.com/en/api/messages).
type anthropicMessages struct{}

func (anthropicMessages) idHeader() string { return "request-id" }

func (anthropicMessages) authorise(h http.Header) *refusal {
	if h.Get("x-api-key") == "" && h.Get("Authorization") == "" {
		return refuse(http.StatusUnauthorized, "x-api-key header is required")
	}
	if h.Get(anthropicVersionHeader) == "" {
		return refuse(http.StatusBadRequest, "anthropic-version: header is required")
	}
	return nil
}

// anthropicVersionHeader is in every request of a client of Anthropic's.
const anthropicVersionHeader = "anthropic-version"

func (anthropicMessages) conversation() string { return "messages" }

func (anthropicMessages) check(q question) *refusal {
	switch {
	case q.model == "":
		return refuse(http.StatusBadRequest, "model: Field required")
	case q.maxTokens == nil:
		return refuse(http.StatusBadRequest, "max_tokens: Field required")
	case *q.maxTokens < 1 || *q.maxTokens != float64(int64(*q.maxTokens)):
		return refuse(http.StatusBadRequest, "max_tokens: Input should be a whole number greater than or equal to 1")
	case q.messages == 0:
		return refuse(http.StatusBadRequest, "messages: Field required")
	case q.messages != '[':
		return refuse(http.StatusBadRequest, "messages: Input should be a valid list")
	case len(q.turns) == 0:
		return refuse(http.StatusBadRequest, "messages: at least one message is required")
	}
	for i, t := range q.turns {
		last := i == len(q.turns)-1
		switch {
		case t.role != "user" && t.role != "assistant":
			return refuse(http.StatusBadRequest, "messages.%d: Unexpected role %q: the allowed roles are \"user\" and \"assistant\"", i, t.role)
		case t.content == 0:
			return refuse(http.StatusBadRequest, "messages.%d.content: Field required", i)
		case t.content != '"' && t.content != '[':
			return refuse(http.StatusBadRequest, "messages.%d.content: Input should be a string or a list", i)
		case t.empty && (!last || t.role != "assistant"):
			return refuse(http.StatusBadRequest, "messages.%d: all messages must have non-empty content except for the optional final assistant message", i)
		}
	}
	if i, id := unanswered(q.turns, func(turn) bool { return false }); id != "" {
		return refuse(http.StatusBadRequest, "messages.%d: `tool_use` and `tool_result` blocks must pair up, the results in the next message; %q does not", i, id)
	}
	return nil
}

func (anthropicMessages) answer(a answer) any {
	return object{
		"id":            "msg_" + a.id,
		"type":          "message",
		"role":          "assistant",
		"model":         a.model,
		"content":       anthropicBlocks(a),
		"stop_reason":   anthropicStop(a),
		"stop_sequence": nil,
		"usage":         anthropicUsage(a.inputTokens, a.outputTokens),
	}
}

// anthropicBlocks returns an answer's text and calls. An answer without both has
// an empty text.
func anthropicBlocks(a answer) []object {
	var blocks []object
	if a.text != "" || len(a.calls) == 0 {
		blocks = append(blocks, object{"type": "text", "text": a.text})
	}
	for _, c := range a.calls {
		blocks = append(blocks, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": c.Arguments})
	}
	return blocks
}

func anthropicStop(a answer) string {
	if len(a.calls) > 0 {
		return "tool_use"
	}
	return "end_turn"
}

func anthropicUsage(input, output int64) object {
	return object{
		"input_tokens":                input,
		"cache_creation_input_tokens": 0,
		"cache_read_input_tokens":     0,
		"output_tokens":               output,
	}
}

func (anthropicMessages) events(a answer) []event {
	events := []event{{"message_start", object{"type": "message_start", "message": object{
		"id":            "msg_" + a.id,
		"type":          "message",
		"role":          "assistant",
		"model":         a.model,
		"content":       []object{},
		"stop_reason":   nil,
		"stop_sequence": nil,
		"usage":         anthropicUsage(a.inputTokens, 1),
	}}}}
	for i, block := range anthropicBlocks(a) {
		delta := object{"type": "text_delta", "text": block["text"]}
		start := object{"type": "text", "text": ""}
		if block["type"] == "tool_use" {
			delta = object{"type": "input_json_delta", "partial_json": string(block["input"].(json.RawMessage))}
			start = object{"type": "tool_use", "id": block["id"], "name": block["name"], "input": object{}}
		}
		events = append(events,
			event{"content_block_start", object{"type": "content_block_start", "index": i, "content_block": start}},
			event{"content_block_delta", object{"type": "content_block_delta", "index": i, "delta": delta}},
			event{"content_block_stop", object{"type": "content_block_stop", "index": i}})
	}
	return append(events,
		event{"message_delta", object{
			"type":  "message_delta",
			"delta": object{"stop_reason": anthropicStop(a), "stop_sequence": nil},
			"usage": object{"output_tokens": a.outputTokens},
		}},
		event{"message_stop", object{"type": "message_stop"}})
}

func (anthropicMessages) failure(id string, r *refusal) any {
	return object{
		"type":       "error",
		"error":      object{"type": anthropicErrorType(r.status), "message": r.message},
		"request_id": id,
	}
}

// anthropicErrorType names the errors of https://docs.anthropic.com/en/api/errors.
func anthropicErrorType(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusInternalServerError:
		return "api_error"
	case statusOverloaded:
		return "overloaded_error"
	}
	return "invalid_request_error"
}

func (anthropicMessages) models(names []string) any {
	data := make([]object, len(names))
	for i, name := range names {
		data[i] = object{
			"type":         "model",
			"id":           name,
			"display_name": name + " (a stand-in, no model)",
			"created_at":   time.Unix(0, 0).UTC(),
		}
	}
	return object{"data": data, "has_more": false, "first_id": names[0], "last_id": names[len(names)-1]}
}
