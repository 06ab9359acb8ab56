package openai_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"turncoat"
	"turncoat/provider/openai"
	"turncoat/provider/providertest"
)

func config(url string, client *http.Client) openai.Config {
	return openai.Config{Name: "vendor/asked", Model: "asked", Key: providertest.Key, BaseURL: url + "/v1", Client: client}
}

func errorBody(code, message string) string {
	return fmt.Sprintf(`{"error":{"message":%q,"type":"some_error","param":null,"code":%q}}`, message, code)
}

// completion returns an answer as
// https://platform.openai.com/docs/api-reference/chat has it.
func completion(message, finish string) string {
	return fmt.Sprintf(`{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"returned",
		"choices":[{"index":0,"message":{"role":"assistant",%s},"logprobs":null,"finish_reason":%s}],
		"usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":40}}}`, message, finish)
}

const chatCall = `"content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"send","arguments":"{\"to\":\"a\"}"}}]`

func TestChatConformance(t *testing.T) { providertest.Run(t, chatProtocol()) }

func FuzzChatBatchResults(f *testing.F) { providertest.FuzzBatchResults(f, chatProtocol()) }

func chatProtocol() providertest.Protocol {
	return providertest.Protocol{
		New:       func(url string, client *http.Client) turncoat.Model { return openai.NewChat(config(url, client)) },
		Path:      "/v1/chat/completions",
		RequestID: "x-request-id",
		Text:      completion(`"content":"All is well.","refusal":null`, `"stop"`),
		Tool:      completion(chatCall, `"tool_calls"`),
		Reasoning: completion(`"reasoning_content":"Hm.",`+chatCall, `"tool_calls"`),
		Parallel:  completion(strings.Replace(strings.Replace(chatCall, `null`, `"Two."`, 1), `}]`, `},{"id":"call_2","type":"function","function":{"name":"send","arguments":"{\"to\":\"b\"}"}}]`, 1), `"tool_calls"`),
		Hidden:    completion(`"reasoning_details":[{"type":"reasoning.encrypted","data":"aGlkZGVu"}],`+chatCall, `"tool_calls"`),
		Length:    completion(`"content":"All is"`, `"length"`),
		Refusal:   completion(`"content":null,"refusal":"I will not."`, `"stop"`),
		Filter:    completion(`"content":null`, `"content_filter"`),
		Unknown:   completion(`"content":"All is well."`, `"novelty"`),
		Odd: []string{
			completion(`"content":"All is well."`, `null`),
			`{"id":"chatcmpl-1","object":"chat.completion","model":"returned","choices":[]}`,
			`{"id":"chatcmpl-1","object":"chat.completion","model":"returned","choices":[{"finish_reason":"stop"}]}`,
		},
		Error:   errorBody,
		Sent:    sentChat,
		Batches: batchesAt("/v1/chat/completions"),
	}
}

func sentChat(t *testing.T, body []byte) providertest.Sent {
	t.Helper()
	var request struct {
		Model          string   `json:"model"`
		MaxTokens      int      `json:"max_tokens"`
		Temperature    *float64 `json:"temperature"`
		TopP           *float64 `json:"top_p"`
		Effort         string   `json:"reasoning_effort"`
		ResponseFormat struct {
			JSONSchema struct {
				Schema map[string]any `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
		Tools []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
		Messages []struct {
			Role             string          `json:"role"`
			Content          json.RawMessage `json:"content"`
			ReasoningContent string          `json:"reasoning_content"`
			ReasoningDetails []struct {
				Data string `json:"data"`
			} `json:"reasoning_details"`
			ToolCallID string `json:"tool_call_id"`
			ToolCalls  []struct {
				ID       string `json:"id"`
				Function struct {
					Name      string `json:"name"`
					Arguments string `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	got := providertest.Sent{
		Model: request.Model, MaxTokens: request.MaxTokens, Temperature: request.Temperature, TopP: request.TopP,
		Effort: request.Effort, Schema: request.ResponseFormat.JSONSchema.Schema,
	}
	for _, tool := range request.Tools {
		got.Tools = append(got.Tools, tool.Function.Name)
	}
	for _, message := range request.Messages {
		texts, images := contents(t, message.Content)
		got.Images = append(got.Images, images...)
		switch message.Role {
		case "system":
			got.System = strings.Join(texts, "")
		case "tool":
			got.Results = append(got.Results, message.ToolCallID+" "+strings.Join(texts, ""))
		default:
			got.Texts = append(got.Texts, texts...)
		}
		got.Reasoning = got.Reasoning || message.ReasoningContent == "Hm."
		got.Hidden = got.Hidden || len(message.ReasoningDetails) == 1 && message.ReasoningDetails[0].Data == "aGlkZGVu"
		for _, call := range message.ToolCalls {
			got.Calls = append(got.Calls, fmt.Sprintf("%s %s %s", call.ID, call.Function.Name, call.Function.Arguments))
		}
	}
	return got
}

// contents reads a content that is text or a list of parts.
func contents(t *testing.T, raw json.RawMessage) (texts, images []string) {
	t.Helper()
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []string{text}, nil
	}
	var parts []struct {
		Text     string          `json:"text"`
		ImageURL json.RawMessage `json:"image_url"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		if part.ImageURL == nil {
			texts = append(texts, part.Text)
			continue
		}
		_, data, _ := strings.Cut(strings.Trim(string(part.ImageURL), `{}"`), "base64,")
		images = append(images, strings.Trim(data, `"`))
	}
	return texts, images
}

// response returns an answer as
// https://platform.openai.com/docs/api-reference/responses has it.
func response(output, status, details string) string {
	return fmt.Sprintf(`{"id":"resp_1","object":"response","created_at":1,"status":%q,"error":null,"incomplete_details":%s,
		"model":"returned","output":[%s],"parallel_tool_calls":true,"tools":[],
		"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":40},"output_tokens":20,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":120}}`,
		status, details, output)
}

func outputMessage(content string) string {
	return fmt.Sprintf(`{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[%s]}`, content)
}

const (
	outputText = `{"type":"output_text","text":"All is well.","annotations":[]}`
	outputCall = `{"id":"fc_1","type":"function_call","call_id":"call_1","name":"send","arguments":"{\"to\":\"a\"}","status":"completed"}`
)

func TestResponsesConformance(t *testing.T) { providertest.Run(t, responsesProtocol()) }

func FuzzResponsesBatchResults(f *testing.F) { providertest.FuzzBatchResults(f, responsesProtocol()) }

func responsesProtocol() providertest.Protocol {
	return providertest.Protocol{
		New:       func(url string, client *http.Client) turncoat.Model { return openai.NewResponses(config(url, client)) },
		Path:      "/v1/responses",
		RequestID: "x-request-id",
		Text:      response(outputMessage(outputText), "completed", "null"),
		Tool:      response(outputCall, "completed", "null"),
		Reasoning: response(`{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"ZW5j"},`+outputCall, "completed", "null"),
		Parallel: response(outputMessage(strings.Replace(outputText, "All is well.", "Two.", 1))+","+outputCall+","+
			`{"id":"fc_2","type":"function_call","call_id":"call_2","name":"send","arguments":"{\"to\":\"b\"}","status":"completed"}`, "completed", "null"),
		Hidden:  response(`{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"aGlkZGVu"},`+outputCall, "completed", "null"),
		Length:  response(outputMessage(`{"type":"output_text","text":"All is","annotations":[]}`), "incomplete", `{"reason":"max_output_tokens"}`),
		Refusal: response(outputMessage(`{"type":"refusal","refusal":"I will not."}`), "completed", "null"),
		Filter:  response("", "incomplete", `{"reason":"content_filter"}`),
		Unknown: response(outputMessage(outputText), "incomplete", `{"reason":"novelty"}`),
		Odd: []string{
			response(outputMessage(outputText), "novelty", "null"),
			response(outputMessage(outputText), "in_progress", "null"),
			response(`{"type":"web_search_call","id":"ws_1","status":"completed"}`, "completed", "null"),
			`{"id":"resp_1","object":"response","status":"completed","model":"returned","output":"All is well."}`,
		},
		Error:   errorBody,
		Sent:    sentResponses,
		Batches: batchesAt("/v1/responses"),
	}
}

func sentResponses(t *testing.T, body []byte) providertest.Sent {
	t.Helper()
	var request struct {
		Model        string   `json:"model"`
		Instructions string   `json:"instructions"`
		MaxTokens    int      `json:"max_output_tokens"`
		Temperature  *float64 `json:"temperature"`
		TopP         *float64 `json:"top_p"`
		Store        *bool    `json:"store"`
		Reasoning    struct {
			Effort string `json:"effort"`
		} `json:"reasoning"`
		Text struct {
			Format struct {
				Schema map[string]any `json:"schema"`
			} `json:"format"`
		} `json:"text"`
		Tools []struct {
			Name string `json:"name"`
		} `json:"tools"`
		Input []struct {
			Type             string          `json:"type"`
			Content          json.RawMessage `json:"content"`
			EncryptedContent string          `json:"encrypted_content"`
			CallID           string          `json:"call_id"`
			Name             string          `json:"name"`
			Arguments        string          `json:"arguments"`
			Output           string          `json:"output"`
		} `json:"input"`
	}
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	if request.Store == nil || *request.Store {
		t.Errorf("the service is not told to store nothing")
	}
	got := providertest.Sent{
		Model: request.Model, System: request.Instructions, MaxTokens: request.MaxTokens,
		Temperature: request.Temperature, TopP: request.TopP, Effort: request.Reasoning.Effort, Schema: request.Text.Format.Schema,
	}
	for _, tool := range request.Tools {
		got.Tools = append(got.Tools, tool.Name)
	}
	for _, item := range request.Input {
		switch item.Type {
		case "", "message":
			texts, images := contents(t, item.Content)
			got.Texts, got.Images = append(got.Texts, texts...), append(got.Images, images...)
		case "function_call":
			got.Calls = append(got.Calls, fmt.Sprintf("%s %s %s", item.CallID, item.Name, item.Arguments))
		case "function_call_output":
			got.Results = append(got.Results, item.CallID+" "+item.Output)
		case "reasoning":
			got.Reasoning = item.EncryptedContent == "ZW5j"
			got.Hidden = item.EncryptedContent == "aGlkZGVu"
		default:
			t.Errorf("an item of the type %q", item.Type)
		}
	}
	return got
}

// Services that are compatible in the main differ in what they say of their own
// trouble.
func TestChatTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want turncoat.ErrorKind
	}{
		"OpenRouter, rate limited behind it": {`{"error":{"code":429,"message":"slow down"},"user_id":"u"}`, turncoat.ErrorRateLimit},
		"OpenRouter, broken behind it":       {`{"error":{"code":502,"message":"no answer"}}`, turncoat.ErrorServer},
		"DeepSeek, interrupted":              {completion(`"content":"All"`, `"insufficient_system_resource"`), turncoat.ErrorServer},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, c.body)
			_, err := openai.NewChat(config(server, http.DefaultClient)).Generate(t.Context(), question())
			if got := turncoat.ErrorKindOf(err); got != c.want {
				t.Errorf("the error is %v, want one of the kind %s", err, c.want)
			}
		})
	}
}

// A server that has only the older of the two APIs is told apart from a model
// that does not exist.
func TestResponsesHint(t *testing.T) {
	mux := http.NewServeMux()
	server := newServerOf(t, mux)
	_, err := openai.NewResponses(config(server, http.DefaultClient)).Generate(t.Context(), question())
	if err == nil || !strings.Contains(err.Error(), "openai-chat/asked") {
		t.Errorf("the error is %v", err)
	}
}

// A service that knows no schemas is asked for plain JSON.
func TestPlainJSON(t *testing.T) {
	var sent []byte
	server := newServerOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = readAll(t, r.Body)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, completion(`"content":"{}"`, `"stop"`))
	}))
	c := config(server, http.DefaultClient)
	c.PlainJSON = true
	request := question()
	request.Schema = json.RawMessage(`{"type":"object"}`)
	if _, err := openai.NewChat(c).Generate(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(sent), `"response_format":{"type":"json_object"}`) {
		t.Errorf("it was sent %s", sent)
	}
}
