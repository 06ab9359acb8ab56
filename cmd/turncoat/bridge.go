package main

import (
	"errors"
	"os"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"turncoat/bridge/mcp"
)

func newBridge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bridge",
		Short: "Helpers for agents of your own",
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "mcp-stdio",
		Short: "Relay a trial's MCP server to standard input and output",
		Long: `Mcp-stdio serves the tools of the trial that it runs in over its standard input and
output, for agents that start their MCP servers as processes. It finds the trial by
TURNCOAT_MCP_URL and TURNCOAT_MCP_TOKEN, which turncoat agent sets.`,
		Args: takes(0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			url, token := os.Getenv("TURNCOAT_MCP_URL"), os.Getenv("TURNCOAT_MCP_TOKEN")
			if url == "" || token == "" {
				return errors.New("TURNCOAT_MCP_URL or TURNCOAT_MCP_TOKEN is not set: turncoat agent sets them for the program that it runs")
			}
			return mcp.Relay(cmd.Context(), url, token, &sdk.StdioTransport{})
		},
	})
	return group(cmd)
}
