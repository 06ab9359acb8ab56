package openai

import (
	"encoding/json"
	"strings"

	"github.com/openai/openai-go/v3/responses"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// newResponseReply reads an answer of the Responses API.
func newResponseReply(a exchange.Answer) (*turncoat.Reply, error) {
	var response responses.Response
	if err := a.Decode(&response); err != nil {
		return nil, err
	}
	switch fields := response.JSON; {
	case !fields.Output.Valid():
		return nil, exchange.Malformed("it has no output")
	case !fields.Model.Valid() || response.Model == "":
		return nil, exchange.Malformed("it names no model")
	}
	reply := &turncoat.Reply{
		Message:    turncoat.Message{Role: turncoat.RoleAssistant},
		Model:      exchange.Text(response.Model),
		StopDetail: exchange.Text(string(response.Status)),
		Usage:      newResponseUsage(response.Usage),
	}
	switch response.Status {
	case responses.ResponseStatusCompleted:
		reply.Stop = turncoat.StopEnd
	case responses.ResponseStatusIncomplete:
		reply.Stop = incompleteReason(response.IncompleteDetails.Reason)
		reply.StopDetail = exchange.Text(response.IncompleteDetails.Reason)
	case responses.ResponseStatusFailed, responses.ResponseStatusCancelled, responses.ResponseStatusInProgress, responses.ResponseStatusQueued:
		return nil, exchange.Malformed("the response is %s, and nothing says why", response.Status)
	default:
		return nil, exchange.Malformed("its status %q is none that the API has", exchange.Text(string(response.Status)))
	}
	if err := addOutput(reply, response.Output); err != nil {
		return nil, err
	}
	return reply, nil
}

func incompleteReason(reason string) turncoat.StopReason {
	switch reason {
	case "max_output_tokens":
		return turncoat.StopLength
	case "content_filter":
		return turncoat.StopFilter
	}
	return turncoat.StopUnknown
}

// addOutput adds the parts of an answer, and what they say about its end.
func addOutput(reply *turncoat.Reply, output []responses.ResponseOutputItemUnion) error {
	add := func(p turncoat.Part) { reply.Message.Parts = append(reply.Message.Parts, p) }
	for _, item := range output {
		switch item.Type {
		case "message":
			for _, content := range item.Content {
				switch {
				case content.Type == "refusal":
					reply.Stop, reply.StopDetail = turncoat.StopRefusal, exchange.Text(content.Refusal)
				case content.Text != "":
					add(turncoat.Part{Text: exchange.Text(content.Text)})
				}
			}
		case "reasoning":
			add(turncoat.Part{Reasoning: &turncoat.Reasoning{
				Text:   reasoningText(item),
				Opaque: json.RawMessage(exchange.Text(item.RawJSON())),
			}})
		case "function_call":
			add(turncoat.Part{Call: &turncoat.ToolCall{
				ID: exchange.Text(item.CallID), Name: exchange.Text(item.Name), Arguments: exchange.Arguments(item.Arguments.OfString),
			}})
			if reply.Stop == turncoat.StopEnd {
				reply.Stop = turncoat.StopTools
			}
		default:
			return exchange.Malformed("it has an item of the type %q, which was not asked for", exchange.Text(item.Type))
		}
	}
	return nil
}

func reasoningText(item responses.ResponseOutputItemUnion) string {
	var texts []string
	for _, summary := range item.Summary {
		texts = append(texts, summary.Text)
	}
	for _, content := range item.Content {
		texts = append(texts, content.Text)
	}
	return exchange.Text(strings.Join(texts, "\n\n"))
}

func newResponseUsage(u responses.ResponseUsage) turncoat.Usage {
	return turncoat.Usage{
		InputTokens:      u.InputTokens,
		OutputTokens:     u.OutputTokens,
		CacheReadTokens:  u.InputTokensDetails.CachedTokens,
		CacheWriteTokens: u.InputTokensDetails.CacheWriteTokens,
		ReasoningTokens:  u.OutputTokensDetails.ReasoningTokens,
	}
}
