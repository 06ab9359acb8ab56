package anthropic

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// defaultMaxTokens is the limit on a reply's tokens where a request has none,
// because the API demands one. Replies that reach it count as invalid.
const defaultMaxTokens = 8192

// newParams writes a request as the Messages API has it. Marks for the service's
// cache stand where what stays the same ends: after tools and system prompt, which
// the trials of one cell have in common, and after what a conversation has sent so
// far, so that it is paid for once.
func newParams(model string, req *turncoat.Request) (sdk.MessageNewParams, error) {
	params := sdk.MessageNewParams{
		Model:     model,
		MaxTokens: int64(req.Parameters.MaxTokens),
	}
	if params.MaxTokens == 0 {
		params.MaxTokens = defaultMaxTokens
	}
	if t := req.Parameters.Temperature; t != nil {
		params.Temperature = sdk.Float(*t)
	}
	if p := req.Parameters.TopP; p != nil {
		params.TopP = sdk.Float(*p)
	}
	if req.Parameters.Effort != "" { // effort without thinking would be a limit on prose
		params.OutputConfig.Effort = sdk.OutputConfigEffort(req.Parameters.Effort)
		params.Thinking.OfAdaptive = &sdk.ThinkingConfigAdaptiveParam{Display: sdk.ThinkingConfigAdaptiveDisplaySummarized}
	}
	if req.Schema != nil {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(req.Schema, &members); err != nil {
			return params, exchange.Unsupported("the schema of the answer: %w", err)
		}
		schema := make(map[string]any, len(members))
		for name, value := range members { // as it is written: an answer's members come in the order of the properties
			schema[name] = value
		}
		params.OutputConfig.Format = sdk.JSONOutputFormatParam{Schema: schema}
	}
	if req.System != "" {
		params.System = []sdk.TextBlockParam{{Text: req.System, CacheControl: sdk.NewCacheControlEphemeralParam()}}
	}
	for _, tool := range req.Tools {
		params.Tools = append(params.Tools, newTool(tool))
	}
	for _, message := range req.Messages {
		block, err := newMessage(message)
		if err != nil {
			return params, err
		}
		params.Messages = append(params.Messages, block)
	}
	markForCache(params.Messages)
	return params, nil
}

func newTool(t turncoat.Tool) sdk.ToolUnionParam {
	return sdk.ToolUnionParam{OfTool: &sdk.ToolParam{
		Name:        t.Name,
		Description: sdk.String(t.Description),
		InputSchema: param.Override[sdk.ToolInputSchemaParam](t.Schema),
	}}
}

func newMessage(m turncoat.Message) (sdk.MessageParam, error) {
	var blocks []sdk.ContentBlockParamUnion
	for _, part := range m.Parts {
		if len(m.Parts) > 1 && part.Text != "" && strings.TrimSpace(part.Text) == "" {
			continue // models write such blocks beside calls, and the API does not take them back
		}
		block, err := newBlock(part)
		if err != nil {
			return sdk.MessageParam{}, err
		}
		blocks = append(blocks, block)
	}
	if m.Role == turncoat.RoleAssistant {
		return sdk.NewAssistantMessage(blocks...), nil
	}
	return sdk.NewUserMessage(blocks...), nil
}

func newBlock(p turncoat.Part) (sdk.ContentBlockParamUnion, error) {
	switch {
	case p.Call != nil:
		return sdk.NewToolUseBlock(p.Call.ID, inputOf(p.Call.Arguments), p.Call.Name), nil
	case p.Result != nil:
		return sdk.NewToolResultBlock(p.Result.CallID, p.Result.Text, p.Result.IsError), nil
	case p.Image != nil:
		return sdk.NewImageBlockBase64(p.Image.MediaType, base64.StdEncoding.EncodeToString(p.Image.Data)), nil
	case p.Reasoning != nil:
		return newThinking(p.Reasoning)
	}
	return sdk.NewTextBlock(p.Text), nil
}

// newThinking gives a block of thinking back as it came: it is signed.
func newThinking(r *turncoat.Reasoning) (sdk.ContentBlockParamUnion, error) {
	var block sdk.ContentBlockUnion
	if r.Opaque == nil {
		return sdk.ContentBlockParamUnion{}, exchange.Unsupported("the Messages API takes back only thinking that it has signed")
	}
	if err := json.Unmarshal(r.Opaque, &block); err != nil {
		return sdk.ContentBlockParamUnion{}, exchange.Unsupported("the thinking to be given back is not a block of the Messages API: %w", err)
	}
	if block.Type == "redacted_thinking" {
		return sdk.NewRedactedThinkingBlock(block.Data), nil
	}
	return sdk.NewThinkingBlock(block.Signature, block.Thinking), nil
}

// inputOf returns the arguments of a call as the API wants them, which is an
// object. Other services' models may have written something else.
func inputOf(arguments json.RawMessage) any {
	var object map[string]json.RawMessage
	if json.Unmarshal(arguments, &object) == nil && object != nil {
		return arguments
	}
	return map[string]json.RawMessage{"arguments": arguments}
}

// markedMessages is how many of the user's messages are marked for the cache.
// The last one is what the next request will find there. The one before is what
// this request finds: the service looks no further back than twenty blocks from a
// mark, and a turn of many calls has more.
const markedMessages = 2

// markForCache marks the ends of the user's last messages.
func markForCache(messages []sdk.MessageParam) {
	marked := 0
	for i := len(messages) - 1; i >= 0 && marked < markedMessages; i-- {
		if messages[i].Role != sdk.MessageParamRoleUser {
			continue
		}
		content := messages[i].Content
		if mark := content[len(content)-1].GetCacheControl(); mark != nil {
			*mark = sdk.NewCacheControlEphemeralParam()
		}
		marked++
	}
}
