package anthropic

import (
	"encoding/json"

	sdk "github.com/anthropics/anthropic-sdk-go"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// newReply reads an answer of the Messages API.
func newReply(a exchange.Answer) (*turncoat.Reply, error) {
	var message sdk.Message
	if err := a.Decode(&message); err != nil {
		return nil, err
	}
	switch fields := message.JSON; {
	case !fields.Content.Valid():
		return nil, exchange.Malformed("it has no content")
	case !fields.Model.Valid() || message.Model == "":
		return nil, exchange.Malformed("it names no model")
	case !fields.StopReason.Valid() || message.StopReason == "":
		return nil, exchange.Malformed("it gives no reason for its end")
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
	if why := message.StopDetails.Explanation; why != "" {
		reply.StopDetail += ": " + exchange.Text(why)
	}
	for _, block := range message.Content {
		part, err := newPart(block)
		if err != nil {
			return nil, err
		}
		if part != (turncoat.Part{}) {
			reply.Message.Parts = append(reply.Message.Parts, part)
		}
	}
	return reply, nil
}

// stopReasons is what the API's reasons to stop mean.
var stopReasons = map[sdk.StopReason]turncoat.StopReason{
	sdk.StopReasonEndTurn:                    turncoat.StopEnd,
	sdk.StopReasonStopSequence:               turncoat.StopEnd,
	sdk.StopReasonToolUse:                    turncoat.StopTools,
	sdk.StopReasonMaxTokens:                  turncoat.StopLength,
	sdk.StopReasonModelContextWindowExceeded: turncoat.StopLength,
	sdk.StopReasonRefusal:                    turncoat.StopRefusal,
}

// newPart reads a block of an answer. A block without text is no part.
func newPart(b sdk.ContentBlockUnion) (turncoat.Part, error) {
	switch b.Type {
	case "text":
		return turncoat.Part{Text: exchange.Text(b.Text)}, nil
	case "thinking", "redacted_thinking":
		return turncoat.Part{Reasoning: &turncoat.Reasoning{
			Text:   exchange.Text(b.Thinking),
			Opaque: json.RawMessage(exchange.Text(b.RawJSON())),
		}}, nil
	case "tool_use":
		return turncoat.Part{Call: &turncoat.ToolCall{
			ID: exchange.Text(b.ID), Name: exchange.Text(b.Name), Arguments: exchange.Arguments(string(b.Input)),
		}}, nil
	}
	return turncoat.Part{}, exchange.Malformed("it has a block of the type %q, which was not asked for", exchange.Text(b.Type))
}

// newUsage counts as [turncoat.Usage] does: the API leaves cached tokens out of
// the input tokens.
func newUsage(u sdk.Usage) turncoat.Usage {
	return turncoat.Usage{
		InputTokens:      u.InputTokens + u.CacheReadInputTokens + u.CacheCreationInputTokens,
		OutputTokens:     u.OutputTokens,
		CacheReadTokens:  u.CacheReadInputTokens,
		CacheWriteTokens: u.CacheCreationInputTokens,
		ReasoningTokens:  u.OutputTokensDetails.ThinkingTokens,
	}
}
