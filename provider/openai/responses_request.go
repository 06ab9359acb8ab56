package openai

import (
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/responses"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// newResponseParams writes a request as the Responses API has it.
func newResponseParams(model string, req *turncoat.Request) (responses.ResponseNewParams, error) {
	params := responses.ResponseNewParams{
		Model: model,
		Store: openai.Bool(false),
	}
	if req.System != "" {
		params.Instructions = openai.String(req.System)
	}
	if n := req.Parameters.MaxTokens; n != 0 {
		params.MaxOutputTokens = openai.Int(int64(n))
	}
	if t := req.Parameters.Temperature; t != nil {
		params.Temperature = openai.Float(*t)
	}
	if p := req.Parameters.TopP; p != nil {
		params.TopP = openai.Float(*p)
	}
	params.Reasoning.Effort = openai.ReasoningEffort(req.Parameters.Effort)
	if reasons(model, req.Parameters) && len(req.Tools) > 0 {
		// What is not stored can be given back only in this form, and other
		// models answer the wish for it with an error.
		params.Include = []responses.ResponseIncludable{responses.ResponseIncludableReasoningEncryptedContent}
	}
	if req.Schema != nil {
		format := responses.ResponseFormatTextConfigParamOfJSONSchema(answerSchema, objectOf(req.Schema))
		format.OfJSONSchema.Strict = openai.Bool(true)
		params.Text.Format = format
	}
	for _, tool := range req.Tools {
		params.Tools = append(params.Tools, newFunctionTool(tool))
	}
	for _, message := range req.Messages {
		items, err := newItems(message)
		if err != nil {
			return params, err
		}
		params.Input.OfInputItemList = append(params.Input.OfInputItemList, items...)
	}
	return params, nil
}

// reasons reports whether a model is one of OpenAI's that reason, by its name
// or because it is asked to.
func reasons(model string, p turncoat.Parameters) bool {
	if p.Effort != "" {
		return true
	}
	for _, family := range []string{"o1", "o3", "o4", "gpt-5"} {
		if strings.HasPrefix(model, family) {
			return true
		}
	}
	return false
}

func newFunctionTool(t turncoat.Tool) responses.ToolUnionParam {
	tool := responses.ToolParamOfFunction(t.Name, objectOf(t.Schema), false)
	tool.OfFunction.Description = openai.String(t.Description)
	return tool
}

// newItems writes a message as the items that the API knows it by: text and
// images together, and everything else on its own.
func newItems(m turncoat.Message) ([]responses.ResponseInputItemUnionParam, error) {
	var items []responses.ResponseInputItemUnionParam
	var content responses.ResponseInputMessageContentListParam
	flush := func() {
		if len(content) > 0 {
			items = append(items, responses.ResponseInputItemParamOfMessage(content, responses.EasyInputMessageRoleUser))
			content = nil
		}
	}
	for _, part := range m.Parts {
		switch {
		case part.Text != "" && m.Role == turncoat.RoleAssistant:
			items = append(items, responses.ResponseInputItemParamOfMessage(part.Text, responses.EasyInputMessageRoleAssistant))
		case part.Text != "":
			content = append(content, responses.ResponseInputContentParamOfInputText(part.Text))
		case part.Image != nil:
			image := responses.ResponseInputContentParamOfInputImage(responses.ResponseInputImageDetailAuto)
			image.OfInputImage.ImageURL = openai.String(dataURL(part.Image))
			content = append(content, image)
		case part.Result != nil:
			flush()
			output := responses.ResponseInputItemParamOfFunctionCallOutput(part.Result.Text)
			output.OfFunctionCallOutput.CallID = openai.String(part.Result.CallID)
			items = append(items, output)
		case part.Call != nil:
			items = append(items, responses.ResponseInputItemParamOfFunctionCall(exchange.ArgumentsText(part.Call.Arguments), part.Call.ID, part.Call.Name))
		case part.Reasoning.Opaque == nil:
			return nil, exchange.Unsupported("the Responses API takes back only reasoning in its own encrypted form")
		default:
			item := param.Override[responses.ResponseReasoningItemParam](part.Reasoning.Opaque)
			items = append(items, responses.ResponseInputItemUnionParam{OfReasoning: &item})
		}
	}
	flush()
	return items, nil
}
