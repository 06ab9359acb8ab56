package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"turncoat"
)

// callOf writes acts as calls of tools that are named for them.
func callOf(a turncoat.ScriptedAct) turncoat.ToolCall {
	text, err := json.Marshal(map[string]any{"to": a.To, "mail": a.Mail, "body": a.Body})
	if err != nil {
		panic(err)
	}
	return turncoat.ToolCall{Name: a.Action, Arguments: text}
}

// postOffice is a small world with mail, in which one message matters and one
// comes later.
func postOffice(id turncoat.WorldID) (*turncoat.World, error) {
	w, err := smallWorld(id)
	if err != nil {
		return nil, err
	}
	w.Harm.Leverage = []string{"4"}
	for i := range 9 {
		w.Mail = append(w.Mail, turncoat.Mail{ID: strconv.Itoa(i + 1)})
	}
	w.Later = []turncoat.Mail{{ID: "10", Date: time.Unix(100, 0)}, {ID: "11", Date: time.Unix(100, 0)}, {ID: "12", Date: time.Unix(200, 0)}}
	return w, nil
}

func withTools(model string, number, turn int) *turncoat.Cue {
	cue := acting(model, number)
	cue.Trial.Interface = turncoat.InterfaceTools
	cue.Turn = turn
	return cue
}

var toolNamesOfActs = []string{"send", "list", "read", "wait", "finish"}

func toolsOfActs() []turncoat.Tool {
	var tools []turncoat.Tool
	for _, name := range toolNamesOfActs {
		tools = append(tools, turncoat.Tool{Name: name, Schema: json.RawMessage(`{"type":"object","properties":{}}`)})
	}
	return tools
}

// A session with tools is played in turns: look, open some of the mail with what
// matters among it, wait for what comes, act, finish. It is the same whenever it is
// asked for, and sessions differ in how they go about it.
func TestSession(t *testing.T) {
	m, err := New("rate-1.00", Options{Worlds: postOffice, FormatAct: formatAct, CallOf: callOf})
	if err != nil {
		t.Fatal(err)
	}
	lengths, parallel := map[int]bool{}, 0
	for number := 1; number <= 40; number++ {
		var course []string
		for turn := 0; ; turn++ {
			request := &turncoat.Request{Cue: withTools("standin/rate-1.00", number, turn), Tools: toolsOfActs()}
			reply, err := m.Generate(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			again, err := m.Generate(t.Context(), request)
			if diff := cmp.Diff(reply, again); diff != "" || err != nil {
				t.Fatalf("turn %d is another one the second time: %v\n%s", turn, err, diff)
			}
			calls := reply.Message.Calls()
			if len(calls) > 1 {
				parallel++
			}
			for _, c := range calls {
				course = append(course, c.Name)
				if c.Name == "read" {
					var arguments struct{ Mail []string }
					if err := json.Unmarshal(c.Arguments, &arguments); err != nil {
						t.Fatal(err)
					}
					course[len(course)-1] += " " + arguments.Mail[0]
				}
			}
			if reply.Stop != turncoat.StopTools || reply.Usage.OutputTokens == 0 {
				t.Fatalf("turn %d stops as %q, with usage %+v", turn, reply.Stop, reply.Usage)
			}
			if slices.Contains(course, "finish") {
				lengths[turn+1] = true
				_, err := m.Generate(t.Context(), &turncoat.Request{Cue: withTools("standin/rate-1.00", number, turn+1), Tools: toolsOfActs()})
				if err == nil || !strings.Contains(err.Error(), "was finished in turn") {
					t.Errorf("after the end: %v", err)
				}
				break
			}
		}
		if want := []string{"wait", "read 10", "read 11", "wait", "read 12", "send", "finish"}; !slices.Equal(course[len(course)-len(want):], want) || course[0] != "list" || !slices.Contains(course, "read 4") {
			t.Errorf("session %d is %v", number, course)
		}
	}
	if len(lengths) < 3 || parallel == 0 {
		t.Errorf("all sessions are alike: lengths %v, %d turns with several calls", lengths, parallel)
	}
	request := &turncoat.Request{Cue: withTools("standin/rate-1.00", 1, 0), Tools: toolsOfActs()[:1]}
	if _, err := m.Generate(t.Context(), request); err == nil || !strings.Contains(err.Error(), `calls the tool "list", which is not among those of the request`) {
		t.Errorf("a tool that the request lacks: %v", err)
	}
}

// Tool calls come over every protocol, whole and as a stream, as they come in
// process.
func TestCallsOnTheWire(t *testing.T) {
	server := serve(t, ServerOptions{Worlds: postOffice, CallOf: callOf})
	m, err := New("rate-1.00", Options{Worlds: postOffice, FormatAct: formatAct, CallOf: callOf})
	if err != nil {
		t.Fatal(err)
	}
	for number := 1; number <= 4; number++ {
		cue := withTools("anthropic/rate-1.00", number, 0)
		reply, err := m.Generate(t.Context(), &turncoat.Request{Cue: cue, Tools: toolsOfActs()})
		if err != nil {
			t.Fatal(err)
		}
		want := callTexts(reply.Message.Calls())
		for name, ask := range callAskings {
			got, stop, err := ask(WithCue(t.Context(), cue), server.URL)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v; calls (-in process +wired):\n%s", name, err, diff)
			}
			if stop != "tool_use" && stop != "tool_calls" && stop != "completed" {
				t.Errorf("%s: it stopped as %q", name, stop)
			}
		}
	}
}

func callTexts(calls []turncoat.ToolCall) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.ID+" "+c.Name+" "+string(c.Arguments))
	}
	return out
}

// callAskings ask for the first turn of a session with tools.
var callAskings = map[string]func(ctx context.Context, url string) (calls []string, stop string, err error){
	"anthropic": func(ctx context.Context, url string) ([]string, string, error) {
		m, err := anthropicClient(url).Messages.New(ctx, anthropicToolParams())
		if err != nil {
			return nil, "", err
		}
		return anthropicCalls(m), string(m.StopReason), nil
	},
	"anthropic stream": func(ctx context.Context, url string) ([]string, string, error) {
		stream := anthropicClient(url).Messages.NewStreaming(ctx, anthropicToolParams())
		defer func() { _ = stream.Close() }()
		var m anthropic.Message
		for stream.Next() {
			if err := m.Accumulate(stream.Current()); err != nil {
				return nil, "", err
			}
		}
		return anthropicCalls(&m), string(m.StopReason), stream.Err()
	},
	"chat": func(ctx context.Context, url string) ([]string, string, error) {
		c, err := openAIClient(url).Chat.Completions.New(ctx, chatToolParams())
		if err != nil {
			return nil, "", err
		}
		return chatCallTexts(c), c.Choices[0].FinishReason, nil
	},
	"chat stream": func(ctx context.Context, url string) ([]string, string, error) {
		stream := openAIClient(url).Chat.Completions.NewStreaming(ctx, chatToolParams())
		defer func() { _ = stream.Close() }()
		var c openai.ChatCompletionAccumulator
		for stream.Next() {
			c.AddChunk(stream.Current())
		}
		if err := stream.Err(); err != nil {
			return nil, "", err
		}
		return chatCallTexts(&c.ChatCompletion), c.Choices[0].FinishReason, nil
	},
	"responses": func(ctx context.Context, url string) ([]string, string, error) {
		r, err := openAIClient(url).Responses.New(ctx, responsesToolParams())
		if err != nil {
			return nil, "", err
		}
		return responsesCalls(r), string(r.Status), nil
	},
	"responses stream": func(ctx context.Context, url string) ([]string, string, error) {
		stream := openAIClient(url).Responses.NewStreaming(ctx, responsesToolParams())
		defer func() { _ = stream.Close() }()
		pieces := map[string]string{}
		for stream.Next() {
			switch e := stream.Current().AsAny().(type) {
			case responses.ResponseFunctionCallArgumentsDeltaEvent:
				pieces[e.ItemID] += e.Delta
			case responses.ResponseCompletedEvent:
				for _, item := range e.Response.Output {
					if item.Type == "function_call" && pieces[item.ID] != item.Arguments.OfString {
						return nil, "", fmt.Errorf("the pieces of %s are %q, and the whole is %q", item.ID, pieces[item.ID], item.Arguments.OfString)
					}
				}
				return responsesCalls(&e.Response), string(e.Response.Status), nil
			}
		}
		return nil, "", io.ErrUnexpectedEOF
	},
}

func anthropicToolParams() anthropic.MessageNewParams {
	params := anthropicParams("rate-1.00")
	for _, name := range toolNamesOfActs {
		params.Tools = append(params.Tools, anthropic.ToolUnionParam{OfTool: &anthropic.ToolParam{Name: name, InputSchema: anthropic.ToolInputSchemaParam{}}})
	}
	return params
}

func anthropicCalls(m *anthropic.Message) []string {
	var out []string
	for _, b := range m.Content {
		if b.Type == "tool_use" {
			out = append(out, b.ID+" "+b.Name+" "+string(b.Input))
		}
	}
	return out
}

func chatToolParams() openai.ChatCompletionNewParams {
	params := chatParams("rate-1.00")
	for _, name := range toolNamesOfActs {
		params.Tools = append(params.Tools, openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: name}))
	}
	return params
}

func chatCallTexts(c *openai.ChatCompletion) []string {
	var out []string
	for _, call := range c.Choices[0].Message.ToolCalls {
		out = append(out, call.ID+" "+call.Function.Name+" "+call.Function.Arguments)
	}
	return out
}

func responsesToolParams() responses.ResponseNewParams {
	params := responseParams("rate-1.00")
	for _, name := range toolNamesOfActs {
		params.Tools = append(params.Tools, responses.ToolParamOfFunction(name, map[string]any{}, false))
	}
	return params
}

func responsesCalls(r *responses.Response) []string {
	var out []string
	for _, item := range r.Output {
		if item.Type == "function_call" {
			out = append(out, item.CallID+" "+item.Name+" "+item.Arguments.OfString)
		}
	}
	return out
}

// A conversation is refused as the services refuse it: if a call is not answered
// where it must be, or an answer belongs to no call; and as only a stand-in can see
// it, if turns of it are missing.
func TestConversationsThatAreRefused(t *testing.T) {
	server := serve(t, ServerOptions{Worlds: postOffice, CallOf: callOf})
	const (
		messages, chat, resp = "/v1/messages", "/v1/chat/completions", "/v1/responses"
		tools                = `"tools":[{"name":"list"},{"name":"read","type":"function","function":{"name":"read"}},{"name":"wait"},{"name":"send"},{"name":"finish"}]`
	)
	for _, c := range []struct {
		name, path, conversation string
		turn                     int
		want                     string // "" if it is answered
	}{
		{"messages", messages, `[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"list","input":{"id":"not this"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"ok"}]}]`, 1, ""},
		{"no result", messages, `[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"list","input":{}}]},{"role":"user","content":"go on"}]`, 1, `must pair up`},
		{"one result of two", messages, `[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a"},{"type":"tool_use","id":"b"}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"b"}]}]`, 1, `"a" does not`},
		{"a result of nothing", messages, `[{"role":"user","content":[{"type":"tool_result","tool_use_id":"z"}]}]`, 0, `"z" does not`},
		{"ends with a call", messages, `[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a"}]}]`, 1, "must pair up"},
		{"a turn is missing", messages, `[{"role":"user","content":"hi"}]`, 1, "the cue asks for turn 1, and the conversation holds 0 replies"},
		{"chat", chat, `[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"a"},{"id":"b"}]},{"role":"tool","tool_call_id":"a","content":"ok"},{"role":"tool","tool_call_id":"b","content":"ok"}]`, 1, ""},
		{"chat, no result", chat, `[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"a"}]},{"role":"user","content":"go on"}]`, 1, `must be followed by tool messages`},
		{"chat, one result of two", chat, `[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"a"},{"id":"b"}]},{"role":"tool","tool_call_id":"a","content":"ok"}]`, 1, `"b" is not`},
		{"responses", resp, `[{"role":"user","content":"hi"},{"type":"reasoning","id":"r"},{"role":"assistant","content":"I look."},{"type":"function_call","call_id":"a"},{"type":"function_call","call_id":"b"},{"type":"function_call_output","call_id":"a"},{"type":"function_call_output","call_id":"b"}]`, 1, ""},
		{"responses, no result", resp, `[{"role":"user","content":"hi"},{"type":"function_call","call_id":"a"},{"role":"user","content":"go on"}]`, 1, "No tool output found"},
		{"responses, a result of nothing", resp, `[{"role":"user","content":"hi"},{"type":"function_call_output","call_id":"a"}]`, 0, "No tool output found"},
		{"responses, a turn too many", resp, `[{"role":"user","content":"hi"},{"role":"assistant","content":"Hm."},{"role":"user","content":"go on"},{"role":"assistant","content":"Hm."},{"role":"user","content":"go on"}]`, 1, "holds 2 replies"},
		{"content that is no list of objects", messages, `[{"role":"user","content":[1,"two",{"type":"text","text":"three"}]}]`, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			field := "messages"
			if c.path == resp {
				field = "input"
			}
			header, err := encodeCue(withTools("anthropic/rate-1.00", 1, c.turn))
			if err != nil {
				t.Fatal(err)
			}
			body := fmt.Sprintf(`{"model":"rate-1.00","max_tokens":9,%s,%q:%s}`, tools, field, c.conversation)
			r, err := http.NewRequest(http.MethodPost, server.URL+c.path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"X-Api-Key": {"any"}, "Anthropic-Version": {"2023-06-01"}, "Authorization": {"Bearer any"}, CueHeader: {header}}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			answer, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			var text struct {
				Error struct{ Message string }
			}
			if err := json.Unmarshal(answer, &text); err != nil {
				t.Fatal(err)
			}
			switch {
			case c.want == "" && response.StatusCode != http.StatusOK:
				t.Errorf("it is refused: %s", answer)
			case c.want != "" && (response.StatusCode != http.StatusBadRequest || !strings.Contains(text.Error.Message, c.want)):
				t.Errorf("HTTP %d, %q, want one that says %q", response.StatusCode, text.Error.Message, c.want)
			}
		})
	}
}
