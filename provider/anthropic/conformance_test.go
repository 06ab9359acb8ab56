package anthropic_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"turncoat"
	"turncoat/provider/anthropic"
	"turncoat/provider/providertest"
)

// body returns an answer as https://docs.anthropic.com/en/api/messages has it.
func body(content, stop string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","model":"returned","content":[%s],
		"stop_reason":%s,"stop_sequence":null,
		"usage":{"input_tokens":60,"cache_creation_input_tokens":0,"cache_read_input_tokens":40,"output_tokens":20}}`, content, stop)
}

const (
	text    = `{"type":"text","text":"All is well."}`
	toolUse = `{"type":"tool_use","id":"call_1","name":"send","input":{"to":"a"}}`
)

func TestConformance(t *testing.T) {
	providertest.Run(t, providertest.Protocol{
		New: func(url string, client *http.Client) turncoat.Model {
			return anthropic.New(anthropic.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: url, Client: client})
		},
		Path:      "/v1/messages",
		RequestID: "request-id",
		Text:      body(text, `"end_turn"`),
		Tool:      body(toolUse, `"tool_use"`),
		Reasoning: body(`{"type":"thinking","thinking":"Hm.","signature":"c2ln"},`+toolUse, `"tool_use"`),
		Length:    body(`{"type":"text","text":"All is"}`, `"max_tokens"`),
		Refusal:   body(``, `"refusal"`),
		Unknown:   body(text, `"novelty"`),
		Odd: []string{
			body(text, `null`),
			body(`{"type":"server_tool_use","id":"x","name":"web_search","input":{}}`, `"end_turn"`),
			`{"id":"msg_1","type":"message","role":"assistant","model":"returned","content":"All is well.","stop_reason":"end_turn"}`,
		},
		Error: func(code, message string) string {
			return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_1"}`, code, message)
		},
		Sent: sent,
	})
}

func sent(t *testing.T, body []byte) providertest.Sent {
	t.Helper()
	var request struct {
		Model       string   `json:"model"`
		MaxTokens   int      `json:"max_tokens"`
		Temperature *float64 `json:"temperature"`
		TopP        *float64 `json:"top_p"`
		System      []struct {
			Text string `json:"text"`
		} `json:"system"`
		Thinking struct {
			Type string `json:"type"`
		} `json:"thinking"`
		OutputConfig struct {
			Effort string `json:"effort"`
			Format struct {
				Schema map[string]any `json:"schema"`
			} `json:"format"`
		} `json:"output_config"`
		Tools []struct {
			Name        string         `json:"name"`
			InputSchema map[string]any `json:"input_schema"`
		} `json:"tools"`
		Messages []struct {
			Role    string `json:"role"`
			Content []struct {
				Type      string          `json:"type"`
				Text      string          `json:"text"`
				ID        string          `json:"id"`
				Name      string          `json:"name"`
				Input     json.RawMessage `json:"input"`
				ToolUseID string          `json:"tool_use_id"`
				Content   []struct {
					Text string `json:"text"`
				} `json:"content"`
				Signature string `json:"signature"`
				Source    struct {
					Data string `json:"data"`
				} `json:"source"`
			} `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	got := providertest.Sent{
		Model: request.Model, System: request.System[0].Text, MaxTokens: request.MaxTokens,
		Temperature: request.Temperature, TopP: request.TopP,
		Effort: request.OutputConfig.Effort, Schema: request.OutputConfig.Format.Schema,
	}
	if (got.Effort != "") != (request.Thinking.Type == "adaptive") {
		t.Errorf("effort %q goes with thinking of the type %q", got.Effort, request.Thinking.Type)
	}
	for _, tool := range request.Tools {
		if tool.InputSchema["type"] != "object" {
			t.Errorf("the schema of the tool %s is %v", tool.Name, tool.InputSchema)
		}
		got.Tools = append(got.Tools, tool.Name)
	}
	for _, message := range request.Messages {
		for _, block := range message.Content {
			switch block.Type {
			case "text":
				got.Texts = append(got.Texts, block.Text)
			case "tool_use":
				got.Calls = append(got.Calls, fmt.Sprintf("%s %s %s", block.ID, block.Name, block.Input))
			case "tool_result":
				got.Results = append(got.Results, block.ToolUseID+" "+block.Content[0].Text)
			case "thinking":
				got.Reasoning = block.Signature == "c2ln"
			case "image":
				got.Images = append(got.Images, block.Source.Data)
			default:
				t.Errorf("a block of the type %q", block.Type)
			}
		}
	}
	return got
}
