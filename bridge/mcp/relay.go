package mcp

import (
	"context"
	"fmt"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// Relay serves over a transport, such as the standard streams of a process, the
// tools of an HTTP server that wants a bearer token. It returns when the client
// has gone or ctx is done.
func Relay(ctx context.Context, endpoint, token string, to sdk.Transport) error {
	client := sdk.NewClient(identity, nil)
	session, err := client.Connect(ctx, &sdk.StreamableClientTransport{
		Endpoint:             endpoint,
		HTTPClient:           &http.Client{Transport: bearer(token)},
		DisableStandaloneSSE: true,
	}, nil)
	if err != nil {
		return fmt.Errorf("the MCP server %s cannot be reached: %w", endpoint, err)
	}
	defer func() { _ = session.Close() }()
	server := sdk.NewServer(identity, &sdk.ServerOptions{Capabilities: capabilities})
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return fmt.Errorf("the tools of the MCP server %s: %w", endpoint, err)
		}
		server.AddTool(tool, func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
			return session.CallTool(ctx, &sdk.CallToolParams{Name: r.Params.Name, Arguments: r.Params.Arguments})
		})
	}
	return server.Run(ctx, to)
}

// bearer adds a token to requests.
type bearer string

// RoundTrip sends a request with the token.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}
