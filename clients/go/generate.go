// Command phohien-client is a tour of a client in Go that is made from a province's own OpenAPI document:
//
//	curl -O http://localhost:8080/api/v1/openapi.json
//	go generate ./...
//	go run . -server http://localhost:8080 -key "$KEY" -dataset hy-xa -file hy-xa.csv
package main

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml openapi.json
