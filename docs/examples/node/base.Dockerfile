# Debian with Node.js: `node:22-slim`, where a registry has it.
FROM 127.0.0.1:5000/scripting:latest AS base
ENV NODE_OPTIONS=--disable-warning=ExperimentalWarning
WORKDIR /app

FROM base
COPY . .
CMD ["node", "src/build.mjs", "/out"]
