package openai

import (
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// newChatParams writes a request as the Chat Completions API has it.
func newChatParams(c Config, req *turncoat.Request) openai.ChatCompletionNewParams {
	params := openai.ChatCompletionNewParams{
		Model:           c.Model,
		ReasoningEffort: openai.ReasoningEffort(req.Parameters.Effort),
	}
	switch n := int64(req.Parameters.MaxTokens); {
	case n == 0:
	case c.BaseURL == DefaultBaseURL: // its newer models refuse the older field
		params.MaxCompletionTokens = openai.Int(n)
	default: // which some compatible servers alone know
		params.MaxTokens = openai.Int(n)
	}
	if t := req.Parameters.Temperature; t != nil {
		params.Temperature = openai.Float(*t)
	}
	if p := req.Parameters.TopP; p != nil {
		params.TopP = openai.Float(*p)
	}
	if req.Schema != nil {
		params.ResponseFormat = newResponseFormat(c, req.Schema)
	}
	for _, tool := range req.Tools {
		params.Tools = append(params.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
			Name:        tool.Name,
			Description: openai.String(tool.Description),
			Parameters:  objectOf(tool.Schema),
		}))
	}
	if req.System != "" {
		params.Messages = append(params.Messages, openai.SystemMessage(req.System))
	}
	for _, message := range req.Messages {
		if message.Role == turncoat.RoleAssistant {
			params.Messages = append(params.Messages, newAssistantMessage(message))
		} else {
			params.Messages = append(params.Messages, newUserMessages(message)...)
		}
	}
	return params
}

func newResponseFormat(c Config, schema json.RawMessage) openai.ChatCompletionNewParamsResponseFormatUnion {
	if c.PlainJSON {
		return openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONObject: &shared.ResponseFormatJSONObjectParam{}}
	}
	return openai.ChatCompletionNewParamsResponseFormatUnion{OfJSONSchema: &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: answerSchema, Schema: objectOf(schema), Strict: openai.Bool(true),
		},
	}}
}

// newUserMessages writes a user's message: tool results are messages of their
// own, and come first, as the API wants them right after the calls.
func newUserMessages(m turncoat.Message) []openai.ChatCompletionMessageParamUnion {
	var messages []openai.ChatCompletionMessageParamUnion
	var content []openai.ChatCompletionContentPartUnionParam
	for _, part := range m.Parts {
		switch {
		case part.Result != nil:
			messages = append(messages, openai.ToolMessage(part.Result.Text, part.Result.CallID))
		case part.Image != nil:
			content = append(content, openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: dataURL(part.Image)}))
		default:
			content = append(content, openai.TextContentPart(part.Text))
		}
	}
	if len(content) == 1 && content[0].OfText != nil { // the form that every compatible server knows
		return append(messages, openai.UserMessage(content[0].OfText.Text))
	}
	if len(content) > 0 {
		messages = append(messages, openai.UserMessage(content))
	}
	return messages
}

// newAssistantMessage writes a message of the model's. Its reasoning goes back
// only beside tool calls, in the fields in which it came: services that show
// reasoning want it there, and some refuse it elsewhere.
func newAssistantMessage(m turncoat.Message) openai.ChatCompletionMessageParamUnion {
	message := openai.ChatCompletionAssistantMessageParam{}
	if text := m.Text(); text != "" {
		message.Content.OfString = openai.String(text)
	}
	reasoning := map[string]any{}
	for _, part := range m.Parts {
		switch {
		case part.Call != nil:
			message.ToolCalls = append(message.ToolCalls, openai.ChatCompletionMessageToolCallUnionParam{
				OfFunction: &openai.ChatCompletionMessageFunctionToolCallParam{
					ID: part.Call.ID,
					Function: openai.ChatCompletionMessageFunctionToolCallFunctionParam{
						Name: part.Call.Name, Arguments: exchange.ArgumentsText(part.Call.Arguments),
					},
				},
			})
		case part.Reasoning != nil && part.Reasoning.Opaque != nil:
			reasoning = objectOf(part.Reasoning.Opaque)
		}
	}
	if len(message.ToolCalls) > 0 && len(reasoning) > 0 {
		message.SetExtraFields(reasoning)
	}
	return openai.ChatCompletionMessageParamUnion{OfAssistant: &message}
}
