import { Controller, Get, Header } from '@nestjs/common';
import { specSchema } from '#spec';
import { Open } from '../access/access.guard.js';

const SCHEMA = JSON.stringify(specSchema());

/** For editors, which send no token: the language is no secret. */
@Controller()
@Open()
export class SchemaController {
  @Get('schema/cairn.schema.json')
  @Header('content-type', 'application/schema+json; charset=utf-8')
  @Header('cache-control', 'public, max-age=3600')
  schema(): string {
    return SCHEMA;
  }
}
