package openai

import (
	"context"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// NewChat returns a model of the Chat Completions API, alone and in batches.
func NewChat(c Config) turncoat.BatchModel {
	m := &chatModel{service: openai.NewChatCompletionService(c.options()...)}
	m.batches = newBatches(c, openai.BatchNewParamsEndpointV1ChatCompletions, func(req *turncoat.Request) (any, error) {
		return newChatParams(c, req), nil
	}, newChatReply)
	return m
}

type chatModel struct {
	batches
	service openai.ChatCompletionService
}

// Name returns the model's name in Turncoat.
func (m *chatModel) Name() string { return m.config.Name }

// Generate asks once.
func (m *chatModel) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	if err := exchange.Check(req); err != nil {
		return nil, err
	}
	var answer exchange.Answer
	_, answer.Err = m.service.New(ctx, newChatParams(m.config, req), option.WithResponseInto(&answer.Response), option.WithResponseBodyInto(&answer.Body))
	return answer.Reply(ctx, m.config.Key, requestID, newChatReply)
}
