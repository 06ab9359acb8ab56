package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/world/toolbox"
)

func newServe(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve stand-in models over the vendors' wire protocols",
	}
	cmd.AddCommand(newServeStandIn(o))
	return group(cmd)
}

func newServeStandIn(o *options) *cobra.Command {
	var listen string
	options := standin.ServerOptions{FormatAct: agent.FormatAct, CallOf: toolbox.CallOf}
	cmd := &cobra.Command{
		Use:   "stand-in",
		Short: "Serve stand-ins as the Anthropic and OpenAI APIs would",
		Long: `Serve answers the Anthropic Messages, OpenAI Responses and OpenAI Chat Completions
protocols with stand-ins, so that a whole run can be tried through the vendors' own
clients: slow, failing or rate-limited, as asked for. It listens on loopback only.

What is measured through it is marked as made with stand-ins wherever it is shown.`,
		Example: `  turncoat serve stand-in --listen 127.0.0.1:8700 --latency 200ms --error-rate 0.3
  ANTHROPIC_BASE_URL=http://127.0.0.1:8700 ANTHROPIC_API_KEY=none \
    turncoat run --model anthropic/claude-opus-4
  OPENAI_BASE_URL=http://127.0.0.1:8700/v1 OPENAI_API_KEY=none \
    turncoat run --model openai-chat/gpt-4.1 --judge openai-chat/judge`,
		Args: takes(0, 0),
	}
	flags := cmd.Flags()
	flags.StringVar(&listen, "listen", "127.0.0.1:8700", "loopback `address`")
	flags.DurationVar(&options.Latency, "latency", 0, "time that each answer takes, and each batch")
	flags.Float64Var(&options.ErrorRate, "error-rate", 0, "share of calls answered by a fault: 429, 500, 529, dropped, truncated or not JSON")
	flags.Float64Var(&options.RateLimit, "rate-limit", 0, "calls a second, beyond which the answer is 429; 0: no limit")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		lib, err := o.library()
		if err != nil {
			return err
		}
		options.Worlds = lib.World
		handler, err := standin.NewServer(options)
		if err != nil {
			return usageError{err}
		}
		listener, err := standin.Listen(listen)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		defer context.AfterFunc(cmd.Context(), func() { _ = server.Close() })()
		fmt.Fprintf(cmd.OutOrStdout(), "Stand-ins at http://%s (Anthropic) and http://%s/v1 (OpenAI). Ctrl-C ends.\n", listener.Addr(), listener.Addr())
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	return cmd
}
