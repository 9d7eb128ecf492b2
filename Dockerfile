# One image for all processes; docker-compose.yml says which command each container runs.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /build/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --quiet --require-hashes -r /build/requirements.lock

FROM python:3.11-slim
RUN groupadd --gid 10001 backbeat \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin backbeat \
    && install -d -o backbeat -g backbeat /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    DATA_DIR=/data \
    STATIC_ROOT=/app/collected
# Django wants keys to start; these are made for this one command and kept nowhere.
RUN SECRET_KEY=$(python -c "import secrets; print(secrets.token_urlsafe(48))") \
    FIELD_ENCRYPTION_KEYS=$(python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())") \
    python manage.py collectstatic --no-input --verbosity 0
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s CMD ["python", "scripts/healthcheck.py"]
CMD ["python", "-m", "granian", "--interface", "wsgi", "config.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "1", "--blocking-threads", "16", "--workers-kill-timeout", "5", "--no-ws", "--log-level", "error", "--no-access-log"]
