package anthropic

import (
	"context"
	"net/http"

	sdk "github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// DefaultBaseURL is where Anthropic serves its API.
const DefaultBaseURL = "https://api.anthropic.com"

// Config says which model is asked, and where.
type Config struct {
	Name    string       // of the model in Turncoat, provider/name
	Model   string       // as the service knows it
	Key     string       // sent as x-api-key
	BaseURL string       // without /v1
	Client  *http.Client // follows no redirects
}

// New returns a model of the Messages API, and of its Message Batches.
func New(c Config) turncoat.BatchModel {
	client := sdk.NewClient(
		option.WithoutEnvironmentDefaults(), // what is configured is in c, and nowhere else
		option.WithBaseURL(c.BaseURL),
		option.WithAPIKey(c.Key),
		option.WithHTTPClient(c.Client),
		option.WithMaxRetries(0),
	)
	return &model{config: c, client: client}
}

type model struct {
	config Config
	client sdk.Client
}

// Name returns the model's name in Turncoat.
func (m *model) Name() string { return m.config.Name }

// Generate asks once.
func (m *model) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	if err := exchange.Check(req); err != nil {
		return nil, err
	}
	params, err := newParams(m.config.Model, req)
	if err != nil {
		return nil, err
	}
	var answer exchange.Answer
	// Post and not Messages.New, which refuses to wait for more than about
	// 21,000 tokens; here the context says how long to wait.
	answer.Err = m.client.Post(ctx, "v1/messages", params, &answer.Body, option.WithResponseInto(&answer.Response))
	return answer.Reply(ctx, m.config.Key, requestID, newReply)
}

// requestID is the header in which the API gives the ID of a request.
const requestID = "request-id"
