package standin

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// openAI is what the two protocols of OpenAI have in common
// (https://platform.openai.com/docs/api-reference).
type openAI struct{}

func (openAI) idHeader() string { return "x-request-id" }

func (openAI) authorise(h http.Header) *refusal {
	if key, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); !ok || key == "" {
		return refuse(http.StatusUnauthorized, "You didn't provide an API key. It is expected in the header Authorization, as \"Bearer KEY\".")
	}
	return nil
}

func missingParameter(name string) *refusal {
	r := refuse(http.StatusBadRequest, "Missing required parameter: '%s'.", name)
	r.parameter = name
	return r
}

func invalidParameter(name, problem string) *refusal {
	r := refuse(http.StatusBadRequest, "Invalid '%s': %s.", name, problem)
	r.parameter = name
	return r
}

func (openAI) failure(_ string, r *refusal) any {
	kind, code := openAIErrorType(r.status)
	code = cmp.Or(r.code, code)
	return object{"error": object{
		"message": r.message,
		"type":    kind,
		"param":   nullIfEmpty(r.parameter),
		"code":    nullIfEmpty(code),
	}}
}

// openAIErrorType names the errors of
// https://platform.openai.com/docs/guides/error-codes.
func openAIErrorType(status int) (kind, code string) {
	switch {
	case status == http.StatusUnauthorized:
		return "invalid_request_error", "invalid_api_key"
	case status == http.StatusTooManyRequests:
		return "requests", "rate_limit_exceeded"
	case status >= http.StatusInternalServerError:
		return "server_error", ""
	}
	return "invalid_request_error", ""
}

func nullIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (openAI) models(names []string) any {
	data := make([]object, len(names))
	for i, name := range names {
		data[i] = object{"id": name, "object": "model", "created": 0, "owned_by": "turncoat-stand-in"}
	}
	return object{"object": "list", "data": data}
}

// openAIChat is the Chat Completions API.
type openAIChat struct{ openAI }

// chatRoles are the roles of messages in the Chat Completions API.
var chatRoles = []string{"developer", "system", "user", "assistant", "tool", "function"}

func (openAIChat) conversation() string { return "messages" }

func (openAIChat) check(q question) *refusal {
	switch {
	case q.model == "":
		return missingParameter("model")
	case q.messages == 0:
		return missingParameter("messages")
	case q.messages != '[':
		return invalidParameter("messages", "expected an array of objects")
	case len(q.turns) == 0:
		return invalidParameter("messages", "empty array. Expected an array with minimum length 1")
	}
	for _, t := range q.turns {
		switch {
		case !slices.Contains(chatRoles, t.role):
			return invalidParameter("messages", "every message needs a role, one of "+strings.Join(chatRoles, ", "))
		case t.content == 0 && t.role != "assistant":
			return invalidParameter("messages", "a message has no content")
		}
	}
	if i, id := unanswered(q.turns, func(t turn) bool { return t.role == "tool" }); id != "" {
		return invalidParameter(fmt.Sprintf("messages[%d]", i), fmt.Sprintf("an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id', and these by nothing else; %q is not", id))
	}
	return nil
}

func (openAIChat) answer(a answer) any {
	return object{
		"id":      "chatcmpl-" + a.id,
		"object":  "chat.completion",
		"created": 0,
		"model":   a.model,
		"choices": []object{{
			"index":         0,
			"message":       chatMessage(a),
			"logprobs":      nil,
			"finish_reason": chatFinish(a),
		}},
		"usage": chatUsage(a),
	}
}

func chatMessage(a answer) object {
	m := object{"role": "assistant", "content": a.text, "refusal": nil}
	if len(a.calls) == 0 {
		return m
	}
	m["content"] = nullIfEmpty(a.text)
	m["tool_calls"] = chatCalls(a)
	return m
}

func chatCalls(a answer) []object {
	calls := make([]object, len(a.calls))
	for i, c := range a.calls {
		calls[i] = object{"id": c.ID, "type": "function", "function": object{"name": c.Name, "arguments": string(c.Arguments)}}
	}
	return calls
}

func chatFinish(a answer) string {
	if len(a.calls) > 0 {
		return "tool_calls"
	}
	return "stop"
}

func chatUsage(a answer) object {
	return object{
		"prompt_tokens":     a.inputTokens,
		"completion_tokens": a.outputTokens,
		"total_tokens":      a.inputTokens + a.outputTokens,
	}
}

func (openAIChat) events(a answer) []event {
	chunk := func(usage any, choices ...object) event {
		return event{data: object{
			"id":      "chatcmpl-" + a.id,
			"object":  "chat.completion.chunk",
			"created": 0,
			"model":   a.model,
			"choices": slices.Concat([]object{}, choices),
			"usage":   usage,
		}}
	}
	message := chatMessage(a)
	delete(message, "refusal")
	if calls, ok := message["tool_calls"].([]object); ok {
		for i := range calls {
			calls[i]["index"] = i
		}
	}
	return []event{
		chunk(nil, object{"index": 0, "delta": message, "finish_reason": nil}),
		chunk(nil, object{"index": 0, "delta": object{}, "finish_reason": chatFinish(a)}),
		chunk(chatUsage(a)),
		{data: "[DONE]"},
	}
}

// openAIResponses is the Responses API.
type openAIResponses struct{ openAI }

func (openAIResponses) conversation() string { return "input" }

func (openAIResponses) check(q question) *refusal {
	switch {
	case q.model == "":
		return missingParameter("model")
	case q.messages == 0:
		return missingParameter("input")
	case q.messages != '[' && q.messages != '"':
		return invalidParameter("input", "expected a string or an array of input items")
	case q.messages == '[' && len(q.turns) == 0:
		return invalidParameter("input", "empty array. Expected an array with minimum length 1")
	}
	if i, id := unanswered(q.turns, func(turn) bool { return true }); id != "" {
		return invalidParameter(fmt.Sprintf("input[%d]", i), fmt.Sprintf("No tool output found for function call, or no function call for tool output: %q", id))
	}
	return nil
}

func (openAIResponses) answer(a answer) any {
	return response(a, "completed", outputItems(a))
}

// outputItems returns an answer's text and calls. An answer without both has an
// empty text.
func outputItems(a answer) []object {
	var items []object
	if a.text != "" || len(a.calls) == 0 {
		items = append(items, outputMessage(a, "completed", outputText(a.text)))
	}
	for i, c := range a.calls {
		items = append(items, outputCall(a, i, "completed", string(c.Arguments)))
	}
	return items
}

func outputCall(a answer, i int, status, arguments string) object {
	c := a.calls[i]
	return object{
		"id":        fmt.Sprintf("fc_%s_%d", a.id, i),
		"type":      "function_call",
		"call_id":   c.ID,
		"name":      c.Name,
		"arguments": arguments,
		"status":    status,
	}
}

func response(a answer, status string, output []object) object {
	r := object{
		"id":                  "resp_" + a.id,
		"object":              "response",
		"created_at":          0,
		"status":              status,
		"error":               nil,
		"incomplete_details":  nil,
		"instructions":        nil,
		"metadata":            object{},
		"model":               a.model,
		"output":              output,
		"parallel_tool_calls": true,
		"temperature":         nil,
		"tool_choice":         "auto",
		"tools":               []object{},
		"top_p":               nil,
		"usage":               nil,
	}
	if status == "completed" {
		r["usage"] = object{
			"input_tokens":          a.inputTokens,
			"input_tokens_details":  object{"cached_tokens": 0},
			"output_tokens":         a.outputTokens,
			"output_tokens_details": object{"reasoning_tokens": 0},
			"total_tokens":          a.inputTokens + a.outputTokens,
		}
	}
	return r
}

func outputMessage(a answer, status string, content ...object) object {
	return object{
		"id":      "msg_" + a.id,
		"type":    "message",
		"role":    "assistant",
		"status":  status,
		"content": slices.Concat([]object{}, content),
	}
}

func outputText(text string) object {
	return object{"type": "output_text", "text": text, "annotations": []object{}, "logprobs": []object{}}
}

func (openAIResponses) events(a answer) []event {
	var events []event
	add := func(name string, data object) {
		data["type"], data["sequence_number"] = name, len(events)
		events = append(events, event{name, data})
	}
	addText := func(name string, data object) {
		data["item_id"], data["output_index"], data["content_index"] = "msg_"+a.id, 0, 0
		add(name, data)
	}
	add("response.created", object{"response": response(a, "in_progress", []object{})})
	items := outputItems(a)
	for i, item := range items {
		if item["type"] == "message" {
			add("response.output_item.added", object{"output_index": i, "item": outputMessage(a, "in_progress")})
			addText("response.content_part.added", object{"part": outputText("")})
			addText("response.output_text.delta", object{"delta": a.text, "logprobs": []object{}})
			addText("response.output_text.done", object{"text": a.text, "logprobs": []object{}})
			addText("response.content_part.done", object{"part": outputText(a.text)})
		} else {
			number := i + len(a.calls) - len(items)
			add("response.output_item.added", object{"output_index": i, "item": outputCall(a, number, "in_progress", "")})
			add("response.function_call_arguments.delta", object{"item_id": item["id"], "output_index": i, "delta": item["arguments"]})
			add("response.function_call_arguments.done", object{"item_id": item["id"], "output_index": i, "name": item["name"], "arguments": item["arguments"]})
		}
		add("response.output_item.done", object{"output_index": i, "item": item})
	}
	add("response.completed", object{"response": response(a, "completed", items)})
	return events
}
