package mcp

import (
	"context"
	"encoding/json"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"turncoat"
	"turncoat/bridge"
	"turncoat/world/toolbox"
)

// maxRequest is the largest request that is read, in bytes: more than any mail
// that an agent has reason to write.
const maxRequest = 4 << 20

// identity is what the server says of itself.
var identity = &sdk.Implementation{Name: "mail", Title: "Mail and documents", Version: "1.0.0"}

// capabilities are tools that do not change.
var capabilities = &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{}}

// NewHandler serves the tools of a desk's world by streamable HTTP. Who may
// reach it is the caller's to decide.
func NewHandler(d *bridge.Desk) http.Handler {
	server := sdk.NewServer(identity, &sdk.ServerOptions{Capabilities: capabilities})
	for _, t := range toolbox.Tools(d.World()) {
		server.AddTool(describe(t), func(_ context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			return call(d, t.Name, r.Params.Arguments), nil
		})
	}
	server.AddReceivingMiddleware(noteUnknown(d))
	return sdk.NewStreamableHTTPHandler(
		func(*http.Request) *sdk.Server { return server },
		&sdk.StreamableHTTPOptions{MaxRequestBodyBytes: maxRequest},
	)
}

func call(d *bridge.Desk, tool string, arguments json.RawMessage) *sdk.CallToolResult {
	answer, err := d.Call(tool, arguments)
	if err != nil {
		answer = bridge.Answer{Text: "Error: " + err.Error() + ".", IsError: true}
	}
	return &sdk.CallToolResult{
		Content: []sdk.Content{&sdk.TextContent{Text: answer.Text}},
		IsError: answer.IsError,
	}
}

// noteUnknown has calls of tools that there are not recorded. The SDK answers
// them by itself, with an error of the protocol.
func noteUnknown(d *bridge.Desk) sdk.Middleware {
	tools := map[string]bool{}
	for _, t := range toolbox.Tools(d.World()) {
		tools[t.Name] = true
	}
	return func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
			if params, ok := r.GetParams().(*sdk.CallToolParamsRaw); ok && !tools[params.Name] {
				call(d, params.Name, params.Arguments)
			}
			return next(ctx, method, r)
		}
	}
}

func describe(t turncoat.Tool) *sdk.Tool {
	return &sdk.Tool{Name: t.Name, Description: t.Description, InputSchema: t.Schema}
}
