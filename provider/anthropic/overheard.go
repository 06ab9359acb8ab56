package anthropic

import (
	"encoding/json"
	"fmt"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// Overheard reads a call to the Messages API that somebody else made: the
// conversation that was sent, with the system prompt first, and the reply. What
// is not known here is kept as text, for nothing of it was asked for. Answer is
// what came, as one JSON text, or as the data of each event of a stream.
func Overheard(request []byte, answer [][]byte, streamed bool) ([]turncoat.Message, *turncoat.Reply, error) {
	said, err := overheardRequest(request)
	if err != nil {
		return nil, nil, fmt.Errorf("the request: %w", err)
	}
	var message sdk.Message
	for _, data := range answer {
		if !streamed {
			err = json.Unmarshal(data, &message)
		} else {
			var event sdk.MessageStreamEventUnion
			if err = json.Unmarshal(data, &event); err == nil {
				err = message.Accumulate(event)
			}
		}
		if err != nil {
			return said, nil, fmt.Errorf("the answer: %w", err)
		}
	}
	reply := &turncoat.Reply{
		Message:    turncoat.Message{Role: turncoat.RoleAssistant},
		Model:      exchange.Text(message.Model),
		Stop:       stopReasons[message.StopReason],
		StopDetail: exchange.Text(string(message.StopReason)),
		Usage:      newUsage(message.Usage),
	}
	if reply.Stop == "" {
		reply.Stop = turncoat.StopUnknown
	}
	for _, block := range message.Content {
		part, err := newPart(block)
		if err != nil {
			part = turncoat.Part{Text: exchange.Text(block.RawJSON())}
		}
		if part != (turncoat.Part{}) {
			reply.Message.Parts = append(reply.Message.Parts, part)
		}
	}
	return said, reply, nil
}

// overheardBlock is a block of a request, as far as it is recorded.
type overheardBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   json.RawMessage `json:"content"`
	IsError   bool            `json:"is_error"`
}

func overheardRequest(request []byte) ([]turncoat.Message, error) {
	var r struct {
		System   json.RawMessage `json:"system"`
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(request, &r); err != nil {
		return nil, err
	}
	var said []turncoat.Message
	if system := overheardText(r.System); system != "" {
		said = append(said, turncoat.TextMessage(turncoat.RoleUser, "System prompt:\n"+system))
	}
	for _, m := range r.Messages {
		role := turncoat.RoleUser
		if m.Role == "assistant" {
			role = turncoat.RoleAssistant
		}
		said = append(said, turncoat.Message{Role: role, Parts: overheardParts(m.Content)})
	}
	return said, nil
}

// overheardBlocks reads content, which is a text or a list of blocks.
func overheardBlocks(content json.RawMessage) []overheardBlock {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return []overheardBlock{{Type: "text", Text: text}}
	}
	var blocks []overheardBlock
	_ = json.Unmarshal(content, &blocks) // what cannot be read says nothing
	return blocks
}

func overheardText(content json.RawMessage) string {
	var texts []string
	for _, b := range overheardBlocks(content) {
		if b.Type == "text" {
			texts = append(texts, exchange.Text(b.Text))
		} else {
			texts = append(texts, "["+exchange.Text(b.Type)+"]")
		}
	}
	return strings.TrimSpace(strings.Join(texts, "\n"))
}

func overheardParts(content json.RawMessage) []turncoat.Part {
	var parts []turncoat.Part
	for _, b := range overheardBlocks(content) {
		switch b.Type {
		case "text":
			parts = append(parts, turncoat.Part{Text: exchange.Text(b.Text)})
		case "thinking", "redacted_thinking":
			parts = append(parts, turncoat.Part{Reasoning: &turncoat.Reasoning{Text: exchange.Text(b.Thinking)}})
		case "tool_use":
			parts = append(parts, turncoat.Part{Call: &turncoat.ToolCall{ID: b.ID, Name: b.Name, Arguments: exchange.Arguments(string(b.Input))}})
		case "tool_result":
			parts = append(parts, turncoat.Part{Result: &turncoat.ToolResult{CallID: b.ToolUseID, Text: overheardText(b.Content), IsError: b.IsError}})
		default:
			parts = append(parts, turncoat.Part{Text: "[" + exchange.Text(b.Type) + "]"})
		}
	}
	return parts
}
