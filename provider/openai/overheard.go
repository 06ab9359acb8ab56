package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// OverheardChat reads a call to the Chat Completions API that somebody else
// made: the conversation that was sent, and the reply. What is not known here is
// kept as text, for nothing of it was asked for. Answer is what came, as one JSON
// text, or as the data of each event of a stream.
func OverheardChat(request []byte, answer [][]byte, streamed bool) ([]turncoat.Message, *turncoat.Reply, error) {
	said, err := overheardMessages(request, "messages")
	if err != nil {
		return nil, nil, err
	}
	var stream openai.ChatCompletionAccumulator
	var reasoning strings.Builder // which the accumulator does not know
	for _, data := range answer {
		if !streamed {
			err = json.Unmarshal(data, &stream.ChatCompletion)
		} else if string(data) != "[DONE]" {
			var chunk openai.ChatCompletionChunk
			if err = json.Unmarshal(data, &chunk); err == nil && !stream.AddChunk(chunk) {
				err = errors.New("a piece of it belongs to another answer")
			}
			for _, choice := range chunk.Choices {
				reasoning.WriteString(reasoningIn(choice.Delta.RawJSON()))
			}
		}
		if err != nil {
			return said, nil, fmt.Errorf("the answer: %w", err)
		}
	}
	if len(stream.Choices) == 0 {
		return said, nil, exchange.Malformed("it has no choices")
	}
	choice := stream.Choices[0]
	reply := &turncoat.Reply{
		Message: turncoat.Message{Role: turncoat.RoleAssistant}, Model: exchange.Text(stream.Model),
		Stop: finishReasons[choice.FinishReason], StopDetail: exchange.Text(choice.FinishReason), Usage: newChatUsage(stream.Usage),
	}
	if reply.Stop == "" {
		reply.Stop = turncoat.StopUnknown
	}
	if text := reasoning.String(); text != "" {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Reasoning: &turncoat.Reasoning{Text: exchange.Text(text)}})
	}
	return said, reply, addMessage(reply, choice.Message)
}

// reasoningIn returns the reasoning in a piece of a streamed message.
func reasoningIn(delta string) string {
	var fields map[string]json.RawMessage
	_ = json.Unmarshal([]byte(delta), &fields) // the piece was read before
	for _, name := range reasoningFields {
		var text string
		if json.Unmarshal(fields[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// OverheardResponse reads a call to the Responses API as OverheardChat does one
// to the Chat Completions API.
func OverheardResponse(request []byte, answer [][]byte, streamed bool) ([]turncoat.Message, *turncoat.Reply, error) {
	said, err := overheardMessages(request, "input")
	if err != nil {
		return nil, nil, err
	}
	var response responses.Response
	found := false
	for _, data := range answer {
		if !streamed {
			err, found = json.Unmarshal(data, &response), true
		} else {
			var event struct {
				Type     string             `json:"type"`
				Response responses.Response `json:"response"`
			}
			err = json.Unmarshal(data, &event)
			switch event.Type { // the last one has all of it
			case "response.completed", "response.incomplete", "response.failed":
				response, found = event.Response, true
			}
		}
		if err != nil {
			return said, nil, fmt.Errorf("the answer: %w", err)
		}
	}
	if !found {
		return said, nil, exchange.Malformed("it has no end")
	}
	reply := &turncoat.Reply{
		Message: turncoat.Message{Role: turncoat.RoleAssistant}, Model: exchange.Text(response.Model),
		Stop: turncoat.StopEnd, StopDetail: exchange.Text(string(response.Status)), Usage: newResponseUsage(response.Usage),
	}
	if response.Status != responses.ResponseStatusCompleted {
		reply.Stop = incompleteReason(response.IncompleteDetails.Reason)
	}
	for _, item := range response.Output {
		if err := addOutput(reply, []responses.ResponseOutputItemUnion{item}); err != nil {
			reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Text: exchange.Text(item.RawJSON())})
		}
	}
	return said, reply, nil
}

// overheardItem is a message of either API, or another item of a conversation,
// as far as it is recorded.
type overheardItem struct {
	Type      string          `json:"type"`
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	Output    json.RawMessage `json:"output"`       // of a call, in the Responses API
	CallID    string          `json:"call_id"`      // there
	ToolCall  string          `json:"tool_call_id"` // in the Chat Completions API
	Name      string          `json:"name"`
	Arguments string          `json:"arguments"`
}

// overheardMessages reads the conversation in a request, which is a text or a
// list.
func overheardMessages(request []byte, field string) ([]turncoat.Message, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(request, &fields); err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}
	var said []turncoat.Message
	if instructions := overheardText(fields["instructions"]); instructions != "" {
		said = append(said, turncoat.TextMessage(turncoat.RoleUser, "System prompt:\n"+instructions))
	}
	var items []overheardItem
	if isList := json.Unmarshal(fields[field], &items) == nil; !isList {
		said = append(said, turncoat.TextMessage(turncoat.RoleUser, overheardText(fields[field])))
	}
	for _, item := range items {
		said = append(said, overheardMessage(item))
	}
	return said, nil
}

func overheardMessage(item overheardItem) turncoat.Message {
	switch {
	case item.Role == "assistant" || item.Type == "function_call" || item.Type == "reasoning":
		return turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{
			Text: overheardText(item.Content) + exchange.Text(item.Name+item.Arguments),
		}}}
	case item.Role == "tool":
		return overheardResult(item.ToolCall, item.Content)
	case item.Type == "function_call_output":
		return overheardResult(item.CallID, item.Output)
	case item.Role == "system" || item.Role == "developer":
		return turncoat.TextMessage(turncoat.RoleUser, "System prompt:\n"+overheardText(item.Content))
	case item.Role == "":
		return turncoat.TextMessage(turncoat.RoleUser, "["+exchange.Text(item.Type)+"]")
	}
	return turncoat.TextMessage(turncoat.RoleUser, overheardText(item.Content))
}

func overheardResult(call string, content json.RawMessage) turncoat.Message {
	return turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{{
		Result: &turncoat.ToolResult{CallID: exchange.Text(call), Text: overheardText(content)},
	}}}
}

// overheardText returns the text of content: a text, or a list of parts.
func overheardText(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return exchange.Text(text)
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	_ = json.Unmarshal(content, &parts) // what cannot be read says nothing
	var texts []string
	for _, p := range parts {
		if p.Text == "" {
			p.Text = "[" + p.Type + "]"
		}
		texts = append(texts, exchange.Text(p.Text))
	}
	return strings.Join(texts, "\n")
}
