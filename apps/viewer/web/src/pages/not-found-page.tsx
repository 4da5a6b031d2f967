import { hrefOf } from '../routing/route.js';
import { useTitle } from '../ui/use-title.js';

export const NotFoundPage = () => {
  useTitle('Not found');
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={hrefOf({ page: 'builds', filter: {} })}>Builds</a>
      </p>
    </div>
  );
};
