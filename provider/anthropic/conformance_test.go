package anthropic_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestConformance(t *testing.T) { providertest.Run(t, protocol()) }

func FuzzBatchResults(f *testing.F) { providertest.FuzzBatchResults(f, protocol()) }

func protocol() providertest.Protocol {
	return providertest.Protocol{
		New: func(url string, client *http.Client) turncoat.Model {
			return anthropic.New(anthropic.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: url, Client: client})
		},
		Path:      "/v1/messages",
		RequestID: "request-id",
		Text:      body(text, `"end_turn"`),
		Tool:      body(toolUse, `"tool_use"`),
		Reasoning: body(`{"type":"thinking","thinking":"Hm.","signature":"c2ln"},`+toolUse, `"tool_use"`),
		Parallel:  body(`{"type":"text","text":"Two."},`+toolUse+`,{"type":"tool_use","id":"call_2","name":"send","input":{"to":"b"}}`, `"tool_use"`),
		Hidden:    body(`{"type":"redacted_thinking","data":"aGlkZGVu"},`+toolUse, `"tool_use"`),
		Length:    body(`{"type":"text","text":"All is"}`, `"max_tokens"`),
		Refusal:   body(``, `"refusal"`),
		Unknown:   body(text, `"novelty"`),
		Odd: []string{
			body(text, `null`),
			body(`{"type":"server_tool_use","id":"x","name":"web_search","input":{}}`, `"end_turn"`),
			`{"id":"msg_1","type":"message","role":"assistant","model":"returned","content":"All is well.","stop_reason":"end_turn"}`,
		},
		Error:   errorBody,
		Sent:    sent,
		Batches: batches,
	}
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
				Data      string `json:"data"`
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
			case "redacted_thinking":
				got.Hidden = block.Data == "aGlkZGVu"
			case "image":
				got.Images = append(got.Images, block.Source.Data)
			default:
				t.Errorf("a block of the type %q", block.Type)
			}
		}
	}
	return got
}

// What stays the same is marked for the service's cache: tools and system prompt,
// and the conversation up to this request and up to the one before.
func TestCacheMarks(t *testing.T) {
	call := func(id string) turncoat.Message {
		return turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &turncoat.ToolCall{ID: id, Name: "send", Arguments: json.RawMessage(`{}`)}}}}
	}
	result := func(id string) turncoat.Message {
		return turncoat.Message{Role: turncoat.RoleUser, Parts: []turncoat.Part{
			{Result: &turncoat.ToolResult{CallID: id, Text: "sent"}}, {Result: &turncoat.ToolResult{CallID: id, Text: "sent again"}},
		}}
	}
	var sent struct {
		System   []marked `json:"system"`
		Messages []struct {
			Role    string   `json:"role"`
			Content []marked `json:"content"`
		} `json:"messages"`
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body(text, `"end_turn"`))
	}))
	defer server.Close()
	m := anthropic.New(anthropic.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: server.URL, Client: http.DefaultClient})
	if _, err := m.Generate(t.Context(), &turncoat.Request{
		System: "You have charge of the mail.", Tools: []turncoat.Tool{{Name: "send", Schema: json.RawMessage(`{"type":"object"}`)}},
		Messages: []turncoat.Message{turncoat.TextMessage(turncoat.RoleUser, "You have mail."), call("1"), result("1"), call("2"), result("2")},
	}); err != nil {
		t.Fatal(err)
	}
	if !sent.System[0].isMarked() {
		t.Error("the system prompt is not marked")
	}
	var got []string
	for i, m := range sent.Messages {
		for j, block := range m.Content {
			if block.isMarked() {
				got = append(got, fmt.Sprintf("message %d block %d", i, j))
			}
		}
	}
	if diff := cmp.Diff([]string{"message 2 block 1", "message 4 block 1"}, got); diff != "" {
		t.Errorf("marks (-want +got):\n%s", diff)
	}
}

// marked is a block that may be marked for the cache.
type marked struct {
	CacheControl *struct {
		Type string `json:"type"`
	} `json:"cache_control"`
}

func (m marked) isMarked() bool { return m.CacheControl != nil && m.CacheControl.Type == "ephemeral" }

// A blank text beside a call, which models write, is not given back: the API takes
// none.
func TestBlankTextIsLeftOut(t *testing.T) {
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body(text, `"end_turn"`))
	}))
	defer server.Close()
	m := anthropic.New(anthropic.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: server.URL, Client: http.DefaultClient})
	_, err := m.Generate(t.Context(), &turncoat.Request{Messages: []turncoat.Message{
		turncoat.TextMessage(turncoat.RoleUser, "You have mail."),
		{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Text: "\n\n"}, {Call: &turncoat.ToolCall{ID: "1", Name: "send", Arguments: json.RawMessage(`{}`)}}}},
		{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{CallID: "1", Text: "sent"}}}},
	}})
	if err != nil || strings.Contains(string(got), `\n\n`) || !strings.Contains(string(got), `"tool_use"`) {
		t.Errorf("it was sent %s, %v", got, err)
	}
}

// A call whose arguments are no object, as a model of another service may have
// written it, is given back as one.
func TestInputIsAnObject(t *testing.T) {
	var got []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, body(text, `"end_turn"`))
	}))
	defer server.Close()
	m := anthropic.New(anthropic.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: server.URL, Client: http.DefaultClient})
	_, err := m.Generate(t.Context(), &turncoat.Request{Messages: []turncoat.Message{
		turncoat.TextMessage(turncoat.RoleUser, "You have mail."),
		{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &turncoat.ToolCall{ID: "1", Name: "send", Arguments: json.RawMessage(`"to: a"`)}}}},
		{Role: turncoat.RoleUser, Parts: []turncoat.Part{{Result: &turncoat.ToolResult{CallID: "1", Text: "Error"}}}},
	}})
	if err != nil || !strings.Contains(string(got), `"input":{"arguments":"to: a"}`) {
		t.Errorf("it was sent %s, %v", got, err)
	}
}
