# The images of compose.yaml. `app` holds the product, `backup` the same with PostgreSQL's own programs; `database`, `proxy` and
# `relay` are Debian's packages with our settings. Python packages are those of the lock, each checked by its hash.
#
#   docker build --target app --tag mehraufwand-app:0.1.0 .

FROM debian:12-slim AS base
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 HOME=/tmp XDG_CACHE_HOME=/tmp
RUN apt-get update && apt-get upgrade --yes \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*

FROM base AS python
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 tzdata libpango-1.0-0 libpangoft2-1.0-0 \
        libharfbuzz-subset0 fontconfig fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
ENV PYTHONPATH=/opt/mehraufwand PYTHONSAFEPATH=1 PYTHONDONTWRITEBYTECODE=1

FROM python AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
WORKDIR /opt/mehraufwand
COPY deploy/requirements.txt invoices/einvoice/rules.txt /build/
RUN python3 -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-deps --only-binary :all: --require-hashes --requirement /build/requirements.txt \
    && /opt/venv/bin/pip download --no-deps --only-binary :all: --require-hashes --requirement /build/rules.txt --dest /build/rules
COPY api api
COPY billing billing
COPY invoices invoices
COPY deploy/bill_of_materials.py deploy/requirements.txt pyproject.toml deploy/
RUN /opt/venv/bin/python -m api.cli rules install /build/rules/*.whl \
    && /opt/venv/bin/python deploy/bill_of_materials.py deploy/requirements.txt deploy/pyproject.toml >bill-of-materials.json \
    && /opt/venv/bin/pip uninstall --yes pip setuptools \
    && PYTHONDONTWRITEBYTECODE= /opt/venv/bin/python -m compileall -q /opt/mehraufwand /opt/venv/lib

FROM python AS app
COPY --from=build /opt /opt
COPY deploy/mehraufwand /usr/local/bin/mehraufwand
RUN mkdir --mode=700 /var/lib/mehraufwand && chown 10001:10001 /var/lib/mehraufwand
USER 10001:10001
CMD ["mehraufwand", "--help"]

FROM app AS backup
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client-15 zstd && rm -rf /var/lib/apt/lists/* \
    && mkdir --mode=700 /archive /incoming && chown 10001:10001 /archive /incoming
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY deploy/keep-archive.sh deploy/restore-database.sh /usr/local/bin/
USER 10001:10001

FROM base AS database
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-common \
    && echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf \
    && apt-get install --yes --no-install-recommends postgresql-15 && rm -rf /var/lib/apt/lists/* \
    && mkdir --parents --mode=700 /var/lib/postgresql/data && chown postgres:postgres /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY deploy/start-database.sh deploy/start-standby.sh deploy/replication.sql /usr/local/bin/
USER postgres

FROM base AS proxy
RUN apt-get update && apt-get install --yes --no-install-recommends nginx-light && rm -rf /var/lib/apt/lists/*
COPY deploy/nginx.conf /etc/mehraufwand/nginx.conf
USER www-data

FROM base AS relay
RUN apt-get update && apt-get install --yes --no-install-recommends exim4-daemon-light && rm -rf /var/lib/apt/lists/*
COPY deploy/exim.conf /etc/mehraufwand/exim.conf
USER Debian-exim
