package openai

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// newChatReply reads an answer of the Chat Completions API.
func newChatReply(a exchange.Answer) (*turncoat.Reply, error) {
	var completion openai.ChatCompletion
	if err := a.Decode(&completion); err != nil {
		return nil, err
	}
	switch {
	case len(completion.Choices) == 0:
		return nil, exchange.Malformed("it has no choices")
	case len(completion.Choices) > 1: // which one counts would be for us to choose
		return nil, exchange.Malformed("it has %d choices, and one was asked for", len(completion.Choices))
	case !completion.Choices[0].JSON.Message.Valid():
		return nil, exchange.Malformed("its first choice has no message")
	case completion.Model == "":
		return nil, exchange.Malformed("it names no model")
	case completion.Choices[0].FinishReason == "":
		return nil, exchange.Malformed("it gives no reason for its end")
	}
	choice := completion.Choices[0]
	if err := interrupted(choice.FinishReason); err != nil {
		return nil, err
	}
	reply := &turncoat.Reply{
		Message:    turncoat.Message{Role: turncoat.RoleAssistant},
		Model:      exchange.Text(completion.Model),
		Stop:       finishReasons[choice.FinishReason],
		StopDetail: exchange.Text(choice.FinishReason),
		Usage:      newChatUsage(completion.Usage),
	}
	if reply.Stop == "" {
		reply.Stop = turncoat.StopUnknown
	}
	if err := addMessage(reply, choice.Message); err != nil {
		return nil, err
	}
	return reply, nil
}

// finishReasons is what the reasons of the API and of services compatible with
// it mean.
var finishReasons = map[string]turncoat.StopReason{
	"stop":           turncoat.StopEnd,
	"eos":            turncoat.StopEnd, // Together
	"length":         turncoat.StopLength,
	"tool_calls":     turncoat.StopTools,
	"function_call":  turncoat.StopTools,
	"content_filter": turncoat.StopFilter,
}

// interrupted returns the error for a reason that is none of the model's: the
// service broke off.
func interrupted(reason string) error {
	switch reason {
	case "error", // OpenRouter
		"abort",                        // vLLM
		"insufficient_system_resource": // DeepSeek
		return &turncoat.ModelError{Kind: turncoat.ErrorServer, Status: http.StatusOK, Err: fmt.Errorf("the service broke off: %s", reason)}
	}
	return nil
}

// addMessage adds the parts of an answer, and what they say about its end.
func addMessage(reply *turncoat.Reply, m openai.ChatCompletionMessage) error {
	reasoning, err := newReasoning(m)
	if err != nil {
		return err
	}
	if reasoning != nil {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Reasoning: reasoning})
	}
	if m.Content != "" {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Text: exchange.Text(m.Content)})
	}
	for _, call := range m.ToolCalls {
		reply.Message.Parts = append(reply.Message.Parts, turncoat.Part{Call: &turncoat.ToolCall{
			ID: exchange.Text(call.ID), Name: exchange.Text(call.Function.Name), Arguments: exchange.Arguments(call.Function.Arguments),
		}})
	}
	switch {
	case m.Refusal != "":
		reply.Stop, reply.StopDetail = turncoat.StopRefusal, exchange.Text(m.Refusal)
	case len(m.ToolCalls) > 0 && reply.Stop == turncoat.StopEnd: // some servers say "stop" all the same
		reply.Stop = turncoat.StopTools
	}
	return nil
}

// reasoningFields are where services put reasoning, for which OpenAI's API has
// no field. The first that holds text is read; all are kept.
var reasoningFields = []string{
	"reasoning_content", // DeepSeek, xAI, vLLM
	"reasoning",         // OpenRouter, Together, Ollama, vLLM
	"reasoning_details", // OpenRouter: signed blocks
}

// newReasoning returns a message's reasoning, or nil if it shows none.
func newReasoning(m openai.ChatCompletionMessage) (*turncoat.Reasoning, error) {
	var text string
	kept := map[string]json.RawMessage{}
	for _, name := range reasoningFields {
		raw := m.JSON.ExtraFields[name].Raw()
		if raw == "" || raw == "null" || raw == `""` {
			continue
		}
		kept[name] = json.RawMessage(exchange.Text(raw))
		var words string
		if text == "" && json.Unmarshal([]byte(raw), &words) == nil {
			text = words
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	opaque, err := json.Marshal(kept)
	if err != nil {
		return nil, exchange.Malformed("its reasoning: %v", err)
	}
	return &turncoat.Reasoning{Text: exchange.Text(text), Opaque: opaque}, nil
}

func newChatUsage(u openai.CompletionUsage) turncoat.Usage {
	return turncoat.Usage{
		InputTokens:      u.PromptTokens,
		OutputTokens:     u.CompletionTokens,
		CacheReadTokens:  u.PromptTokensDetails.CachedTokens,
		CacheWriteTokens: u.PromptTokensDetails.CacheWriteTokens,
		ReasoningTokens:  u.CompletionTokensDetails.ReasoningTokens,
	}
}
