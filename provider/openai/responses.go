package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"turncoat"
	"turncoat/provider/internal/exchange"
)

// NewResponses returns a model of the Responses API, alone and in batches.
func NewResponses(c Config) turncoat.BatchModel {
	m := &responsesModel{service: responses.NewResponseService(c.options()...)}
	m.batches = newBatches(c, openai.BatchNewParamsEndpointV1Responses, func(req *turncoat.Request) (any, error) {
		return newResponseParams(c.Model, req)
	}, newResponseReply)
	return m
}

type responsesModel struct {
	batches
	service responses.ResponseService
}

// Name returns the model's name in Turncoat.
func (m *responsesModel) Name() string { return m.config.Name }

// Generate asks once. Nothing is stored with the service.
func (m *responsesModel) Generate(ctx context.Context, req *turncoat.Request) (*turncoat.Reply, error) {
	if err := exchange.Check(req); err != nil {
		return nil, err
	}
	params, err := newResponseParams(m.config.Model, req)
	if err != nil {
		return nil, err
	}
	var answer exchange.Answer
	_, answer.Err = m.service.New(ctx, params, option.WithResponseInto(&answer.Response), option.WithResponseBodyInto(&answer.Body))
	reply, err := answer.Reply(ctx, m.config.Key, requestID, newResponseReply)
	return reply, m.explain(err)
}

// explain adds what to do where a compatible server has only the older API.
func (m *responsesModel) explain(err error) error {
	failed, ok := errors.AsType[*turncoat.ModelError](err)
	if !ok || failed.Status != http.StatusNotFound || m.config.BaseURL == DefaultBaseURL {
		return err
	}
	hinted := *failed
	hinted.Err = fmt.Errorf("%w; the service may have no Responses API: openai-chat/%s asks it through Chat Completions", failed.Err, m.config.Model)
	return &hinted
}
